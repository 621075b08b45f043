package dev.leasehold.task;

import java.time.Duration;
import java.time.Instant;

/** What an attempt knows of itself and may ask for. Valid until its handler returns. */
public interface TaskContext {

    /** Name of the pool on Leasehold's own database. */
    String PLATFORM = "platform";

    /** Name of the pool on the users' database. */
    String USERDATA = "userdata";

    TaskId taskId();

    RunId runId();

    String type();

    String tenant();

    String key();

    /** 1 for the first attempt of a run. */
    int attempt();

    Instant dueAt();

    FencingToken fence();

    /** The same for all attempts of a run: (task, due time). For systems outside that recognise repetitions. */
    String idempotencyKey();

    /**
     * Leases a connection in autocommit for the work and gives it back whatever happens. Blocks until granted.
     *
     * @param pool {@link #PLATFORM} or {@link #USERDATA}
     * @param atMost how long the lease may be held; an overrun is taken back and restarts the attempt
     */
    <T> T withConnection(String pool, Duration atMost, ConnectionWork<T> work) throws Exception;

    /** As {@link #withConnection}, in one transaction: committed when the work returns, rolled back when it throws. */
    <T> T inTransaction(String pool, Duration atMost, ConnectionWork<T> work) throws Exception;

    /**
     * Work that may be called under a lease of this run or without one: on a thread that works under a lease of this pool
     * it joins that one, under a savepoint of its transaction, so that its failure undoes its own part only, and the rest
     * commits or not with the outer work; without one it is {@link #inTransaction}. A second lease of the same pool would
     * be refused ({@code LeaseException} of kind NESTED).
     *
     * @param atMost for a lease of its own; a joined one keeps its own end
     */
    <T> T joinTransaction(String pool, Duration atMost, ConnectionWork<T> work) throws Exception;

    /**
     * Runs the work and the completion of this run in one transaction of the platform database: a handler that lost its
     * lane cannot commit, so the effect happens once. Return its outcome from the handler. The connection refuses
     * commit, rollback and close.
     */
    default Outcome transaction(ConnectionWork<Outcome> work) throws Exception {
        return transaction(Duration.ofSeconds(30), work);
    }

    /** As {@link #transaction(ConnectionWork)}, with a limit for the lease. */
    Outcome transaction(Duration atMost, ConnectionWork<Outcome> work) throws Exception;

    /**
     * As {@link #transaction(Duration, ConnectionWork)} where the pool reaches the platform database. On another
     * database the transaction also inserts the run's key into {@code leasehold.applied} there: a repetition finds it,
     * skips the work and succeeds, so the effect happens once; it is deduplicated, not fenced.
     */
    Outcome transactionOn(String pool, Duration atMost, ConnectionWork<Outcome> work) throws Exception;

    /** Shows how far the attempt is, 0 to 100; what was said last stays in the history. */
    void progress(int percent, String message);

    /**
     * Adds a line to the run's log. What looks like a secret is masked, a long line is cut, and beyond a thousand lines
     * they are only counted.
     */
    void log(String line);

    /**
     * Emits an event: written in the transaction of this run's completion, so that it goes out if and only if the run
     * counts as success, partial or skipped, and then delivered at least once to each subscriber.
     */
    void emit(TaskEvent event);

    /**
     * Does a step of the work, or skips it where an attempt of this run before has done it. The step's result is stored
     * under the run's fence: an attempt that was overtaken stores nothing.
     *
     * @param name unique within the run
     * @param type what the result is read back as, from the JSON that was stored
     * @return what was stored, now or by the attempt before
     */
    <T> T step(String name, Class<T> type, StepWork<T> work) throws Exception;

    /**
     * As {@link #step}, for a step whose effect is in the platform database: effect and result commit together, so the
     * effect happens once a run.
     */
    <T> T transactionalStep(String name, Class<T> type, ConnectionWork<T> work) throws Exception;

    /**
     * Raises an alert for a person, once: the same (task, name) again updates it.
     *
     * @param name what is wrong, a short stable word such as {@code threshold}
     */
    void raiseAlert(String name, Severity severity, String message);

    /** Clears an alert that {@link #raiseAlert} raised; nothing happens when there is none. */
    void clearAlert(String name);

    /** True once the attempt was cancelled or timed out; work in a loop should look and leave. */
    boolean cancelled();

    /** How much an alert matters. */
    enum Severity {
        INFO,
        WARNING,
        ERROR
    }
}
