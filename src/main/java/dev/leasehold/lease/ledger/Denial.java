package dev.leasehold.lease.ledger;

/** Why a lease was not granted. */
public enum Denial {
    /** The queue of the class is at its bound. */
    QUEUE_FULL,
    /** Shed because the class was overloaded: waits stayed long for a whole interval. */
    SHED,
    /** Not granted before the request's deadline: all connections were in use. */
    DEADLINE,
    /** The scope holds a lease of this pool already; waiting for a second could wait for itself. */
    NESTED,
    /** The pool is stopping. */
    DRAINING,
    /** No connection is left and the server is not reached or refuses us. */
    DOWN,
    /** The type or the tenant has its share of leases already. */
    QUOTA,
    /** The request itself is wrong, such as a hold beyond the hard cap or an owner on another node. */
    INVALID
}
