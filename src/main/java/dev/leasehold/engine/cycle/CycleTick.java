package dev.leasehold.engine.cycle;

/** What the timers of a {@link CheckCycle} say. */
enum CycleTick {
    /** The next due time has come. */
    DUE,
    /** The idle interval is over. */
    IDLE,
    /** The slow pass goes on. */
    SLOW,
    /** To try again after a failed read. */
    AGAIN,
    /** A look at the age of the last confirmation, and at the open record. */
    GUARD,
    /** The drain's limit. */
    DRAIN_OVER,
    /** And the moment after it. */
    DRAIN_END
}
