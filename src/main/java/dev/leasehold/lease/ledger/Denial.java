package dev.leasehold.lease.ledger;

/** Why a lease was not granted. */
public enum Denial {
    /** The queue of the class is at its bound. */
    QUEUE_FULL(100),
    /** Shed because the class was overloaded: waits stayed long for a whole interval. */
    SHED(100),
    /** Not granted before the request's deadline: all connections were in use. */
    DEADLINE(1_000),
    /** The scope holds a lease of this pool already; waiting for a second could wait for itself. */
    NESTED(0),
    /** Everybody who holds a lease here waits for another one, and whoever could help him waits too; the last one gives way. */
    STANDOFF(100),
    /** The pool is stopping. */
    DRAINING(0),
    /** No connection is left and the server is not reached or refuses us. */
    DOWN(1_000),
    /** The type or the tenant has its share of leases already. */
    QUOTA(100),
    /** The request itself is wrong, such as a hold beyond the hard cap or an owner on another node. */
    INVALID(0);

    private final long retryAfterMillis;

    Denial(long retryAfterMillis) {
        this.retryAfterMillis = retryAfterMillis;
    }

    /** When it makes sense to ask again; 0 for not at all. */
    long retryAfterNanos() {
        return retryAfterMillis * 1_000_000;
    }
}
