package dev.leasehold.testing;

import dev.leasehold.task.ConnectionWork;
import dev.leasehold.task.FencingToken;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.RunId;
import dev.leasehold.task.StepWork;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskEvent;
import dev.leasehold.task.TaskId;
import java.time.Duration;
import java.time.Instant;

/** Passes everything on; tests override what shall go wrong. */
public class ForwardingTaskContext implements TaskContext {

    private final TaskContext behind;

    public ForwardingTaskContext(TaskContext behind) {
        this.behind = behind;
    }

    @Override
    public TaskId taskId() {
        return behind.taskId();
    }

    @Override
    public RunId runId() {
        return behind.runId();
    }

    @Override
    public String type() {
        return behind.type();
    }

    @Override
    public String tenant() {
        return behind.tenant();
    }

    @Override
    public String key() {
        return behind.key();
    }

    @Override
    public int attempt() {
        return behind.attempt();
    }

    @Override
    public Instant dueAt() {
        return behind.dueAt();
    }

    @Override
    public FencingToken fence() {
        return behind.fence();
    }

    @Override
    public String idempotencyKey() {
        return behind.idempotencyKey();
    }

    @Override
    public <T> T withConnection(String pool, Duration atMost, ConnectionWork<T> work) throws Exception {
        return behind.withConnection(pool, atMost, work);
    }

    @Override
    public <T> T inTransaction(String pool, Duration atMost, ConnectionWork<T> work) throws Exception {
        return behind.inTransaction(pool, atMost, work);
    }

    @Override
    public <T> T joinTransaction(String pool, Duration atMost, ConnectionWork<T> work) throws Exception {
        return behind.joinTransaction(pool, atMost, work);
    }

    @Override
    public Outcome transaction(Duration atMost, ConnectionWork<Outcome> work) throws Exception {
        return behind.transaction(atMost, work);
    }

    @Override
    public Outcome transactionOn(String pool, Duration atMost, ConnectionWork<Outcome> work) throws Exception {
        return behind.transactionOn(pool, atMost, work);
    }

    @Override
    public void progress(int percent, String message) {
        behind.progress(percent, message);
    }

    @Override
    public void log(String line) {
        behind.log(line);
    }

    @Override
    public void emit(TaskEvent event) {
        behind.emit(event);
    }

    @Override
    public <T> T step(String name, Class<T> type, StepWork<T> work) throws Exception {
        return behind.step(name, type, work);
    }

    @Override
    public <T> T transactionalStep(String name, Class<T> type, ConnectionWork<T> work) throws Exception {
        return behind.transactionalStep(name, type, work);
    }

    @Override
    public void raiseAlert(String name, Severity severity, String message) {
        behind.raiseAlert(name, severity, message);
    }

    @Override
    public void clearAlert(String name) {
        behind.clearAlert(name);
    }

    @Override
    public boolean cancelled() {
        return behind.cancelled();
    }
}
