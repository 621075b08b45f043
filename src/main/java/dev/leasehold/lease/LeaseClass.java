package dev.leasehold.lease;

/** For what a lease is wanted; decides who is served first and who may use the reserved permits. */
public enum LeaseClass {
    /** Reads of due tasks, flush, take-over: has reserved permits, so that results never wait for the work. */
    CONTROL,
    /** A person or program waits for an answer: API and dashboard. */
    INTERACTIVE,
    /** The work of a run. */
    TASK
}
