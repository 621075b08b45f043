package dev.leasehold.lease;

/** Whether a session is as new, or has in it what statements of the node's own may leave: numbers drawn from sequences. */
final class SessionUse {

    private volatile boolean kept;

    /** A lease of the node's own gives it back without a reset. */
    void keep() {
        kept = true;
    }

    /** Whoever is not the node must have it reset first. */
    boolean isKept() {
        return kept;
    }

    /** It was reset. */
    void renew() {
        kept = false;
    }
}
