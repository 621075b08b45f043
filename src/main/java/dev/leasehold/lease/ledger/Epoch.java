package dev.leasehold.lease.ledger;

/** The life number of a guardian. One volatile write closes every lease of all earlier lives. */
public class Epoch {

    private volatile int current;

    public int current() {
        return current;
    }

    /** Called by the guardian's new life only. */
    public int next() {
        int next = current + 1;
        current = next;
        return next;
    }
}
