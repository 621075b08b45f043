package dev.leasehold.task;

/** How urgent a task is; the more urgent is read first. */
public enum Priority {
    CRITICAL(0),
    HIGH(1),
    NORMAL(2),
    LOW(3);

    private final int rank;

    Priority(int rank) {
        this.rank = rank;
    }

    /** As the table holds it: 0 is read first. */
    public int rank() {
        return rank;
    }
}
