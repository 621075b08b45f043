package dev.leasehold.lease.ledger;

/** Why a connection is destroyed. */
public enum Retirement {
    /** Its lease was taken back; a connection that saw a revocation is never used again. */
    REVOKED,
    /** It is as old as connections may get. */
    RECYCLED,
    /** More are open than are kept without need. */
    SURPLUS,
    /** Broken, or not to be reset, or released while a call was inside. */
    UNFIT,
    /** The pool stops. */
    DRAINED
}
