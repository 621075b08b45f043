package dev.leasehold.engine.run;

import akka.actor.typed.ActorRef;
import dev.leasehold.engine.plan.AlertChange;
import dev.leasehold.engine.plan.Progress;
import dev.leasehold.engine.plan.Said.StoredEvent;
import dev.leasehold.lease.CallSite;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Lease;
import dev.leasehold.lease.LeaseException;
import dev.leasehold.lease.PoolName;
import dev.leasehold.store.Applied;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.LaneFence;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** The context of one attempt, for its handler's thread. Leases are asked for through the run's actor, JDBC runs here. */
final class RunContext implements TaskContext {

    private final RunParts parts;
    private final RunState state;
    private final HandlerCall call;
    private final DueTask task;
    private final LaneFence lane;
    private final ActorRef<TaskRunner.Command> actor;
    private final RunSteps steps;

    RunContext(RunParts parts, RunState state, HandlerCall call, ActorRef<TaskRunner.Command> actor) {
        this.parts = parts;
        this.state = state;
        this.call = call;
        this.task = state.task();
        this.lane = state.ready().fence();
        this.actor = actor;
        this.steps = new RunSteps(parts, state, () -> lease(PoolName.PLATFORM, RunSteps.HOLD));
    }

    @Override
    public TaskId taskId() {
        return new TaskId(task.id());
    }

    @Override
    public RunId runId() {
        return new RunId(taskId(), task.runNo());
    }

    @Override
    public String type() {
        return task.type();
    }

    @Override
    public String tenant() {
        return task.tenant();
    }

    @Override
    public String key() {
        return task.key() == null ? Long.toString(task.id()) : task.key();
    }

    @Override
    public int attempt() {
        return task.attempt();
    }

    @Override
    public Instant dueAt() {
        return task.dueAt();
    }

    @Override
    public FencingToken fence() {
        return new FencingToken(lane.lane(), lane.epoch(), task.attempt());
    }

    /** By the run, not by its due time: a retry's due time is another one. */
    @Override
    public String idempotencyKey() {
        return runId().toString();
    }

    @Override
    public <T> T withConnection(String pool, Duration atMost, ConnectionWork<T> work) throws Exception {
        return lease(PoolName.of(pool), atMost).run(work::apply);
    }

    @Override
    public <T> T inTransaction(String pool, Duration atMost, ConnectionWork<T> work) throws Exception {
        return lease(PoolName.of(pool), atMost).inTransaction(work::apply);
    }

    @Override
    public <T> T joinTransaction(String pool, Duration atMost, ConnectionWork<T> work) throws Exception {
        Lease current = Lease.currentOf(parts.guardian(PoolName.of(pool)));
        return current == null ? inTransaction(pool, atMost, work) : current.join(work::apply);
    }

    @Override
    public Outcome transaction(Duration atMost, ConnectionWork<Outcome> work) throws Exception {
        return fenced(PoolName.PLATFORM, atMost, work);
    }

    @Override
    public Outcome transactionOn(String pool, Duration atMost, ConnectionWork<Outcome> work) throws Exception {
        PoolName name = PoolName.of(pool);
        if (name == PoolName.PLATFORM || parts.userdataIsPlatform()) {
            return fenced(name, atMost, work);
        }
        try {
            return lease(name, atMost).inTransaction(connection -> {
                if (!Applied.insert(connection, task.id(), task.runNo())) {
                    return Outcome.success().withResult("the effect of this run had happened before");
                }
                return TransactionEnd.committing(work.apply(connection));
            });
        } catch (TransactionEnd.RolledBack e) {
            return e.outcome();
        }
    }

    private Outcome fenced(PoolName pool, Duration atMost, ConnectionWork<Outcome> work) throws Exception {
        if (call.settled() != null) {
            throw new IllegalStateException("run " + runId() + " was completed by an earlier transaction");
        }
        TransactionEnd end = new TransactionEnd(parts, state, call);
        try {
            Outcome outcome = lease(pool, atMost).inTransaction(connection -> end.complete(connection, work));
            end.committed();
            return outcome;
        } catch (TransactionEnd.RolledBack e) {
            return e.outcome();
        }
    }

    private Lease lease(PoolName pool, Duration atMost) throws InterruptedException {
        if (call.stopped() != null) {
            throw new InterruptedException("run " + runId() + " was told to end: " + call.stopped());
        }
        CompletableFuture<Lease> granted = new CompletableFuture<>();
        actor.tell(new TaskRunner.LeaseWanted(call, pool, Hold.atMost(atMost), CallSite.here(), granted));
        try {
            return granted.get();
        } catch (InterruptedException e) {
            actor.tell(new TaskRunner.LeaseNotWanted(granted));
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof LeaseException refused) {
                throw new LeaseException(refused.kind(), String.valueOf(refused.getMessage()), refused);
            }
            throw new IllegalStateException("cannot lease a connection of pool " + pool.label(), e);
        }
    }

    @Override
    public void progress(int percent, String message) {
        state.notes().progress(Progress.of(percent, message));
    }

    @Override
    public void log(String line) {
        state.notes().line(line);
    }

    @Override
    public void emit(TaskEvent event) {
        state.notes().event(StoredEvent.of(event));
    }

    @Override
    public <T> T step(String name, Class<T> type, StepWork<T> work) throws Exception {
        return steps.step(name, type, work);
    }

    @Override
    public <T> T transactionalStep(String name, Class<T> type, ConnectionWork<T> work) throws Exception {
        return steps.transactionalStep(name, type, work);
    }

    @Override
    public void raiseAlert(String name, Severity severity, String message) {
        state.notes().alert(new AlertChange(name, severity, message));
    }

    @Override
    public void clearAlert(String name) {
        state.notes().alert(new AlertChange(name, null, ""));
    }

    @Override
    public boolean cancelled() {
        return call.stopped() != null;
    }
}
