package dev.leasehold.lease;

/** For what a lease is wanted; decides who is served first and who may use the reserved permits. */
public enum LeaseClass {
    /** Reads of due tasks, flush, take-over: has reserved permits, so that results never wait for the work. */
    CONTROL(0),
    /** A person or program waits for an answer: API and dashboard. */
    INTERACTIVE(1),
    /** The work of a run. */
    TASK(2);

    private final int no;

    LeaseClass(int no) {
        this.no = no;
    }

    /** Its place in the guardian's books. */
    int no() {
        return no;
    }
}
