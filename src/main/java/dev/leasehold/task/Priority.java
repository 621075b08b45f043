package dev.leasehold.task;

/** How urgent a task is; the more urgent starts first, and what has waited for long counts as more urgent. */
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
