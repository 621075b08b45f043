package dev.leasehold.task;

/**
 * The code that does the work of a type. One instance serves all runs of the type, at the same time: keep the state of a
 * run in local variables. It may block; it is interrupted at cancellation, timeout and revocation of its lease.
 */
public interface TaskHandler<P> {

    /** Name, payload class and defaults; asked once, at registration. */
    TaskType<P> type();

    /**
     * Does the work of one attempt.
     *
     * @return how it ended; to return is to be recorded
     * @throws Exception counts as a failed attempt, its reason found from its type, status code or SQLSTATE
     */
    Outcome run(P payload, TaskContext context) throws Exception;
}
