package dev.leasehold.engine.run;

import akka.actor.typed.ActorRef;
import dev.leasehold.engine.lane.Ready;
import dev.leasehold.engine.plan.Progress;
import dev.leasehold.engine.plan.Timetable;
import dev.leasehold.lease.Lease;
import dev.leasehold.store.DueTask;
import dev.leasehold.task.TaskType;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one run under way, over all lives of its actor. Written by the actor, except where said otherwise; read by
 * anybody.
 */
public final class RunState {

    private final TaskType<?> type;
    private volatile Ready ready;
    private volatile Instant startedAt;
    private volatile long startedNanos;
    private volatile @Nullable ActorRef<TaskRunner.Command> actor;
    private volatile String phase = "running";
    private volatile boolean entered;

    /** What came first: that the ledger may have an entry of it, or its end without one. */
    private final AtomicReference<InLedger> inLedger;

    private volatile boolean inHandler;

    private volatile boolean timetableRead;
    private volatile Optional<Instant> cancelAt = Optional.empty();

    // Of the attempt under way.
    private volatile RunNotes notes = new RunNotes();

    // Of the actor alone.
    private final Map<Long, Lease> leases = new HashMap<>();
    private final Set<Long> revokedLeases = new HashSet<>();
    private int life = 1;
    private volatile HandlerCall call = new HandlerCall();
    private @Nullable String revocation;
    private boolean over;

    private enum InLedger {
        NOT_YET,
        MAYBE,
        NEVER
    }

    RunState(Ready ready, TaskType<?> type, Instant startedAt, long startedNanos) {
        this.inLedger = new AtomicReference<>(ready.cautious() ? InLedger.MAYBE : InLedger.NOT_YET);
        this.ready = ready;
        this.type = type;
        this.startedAt = startedAt;
        this.startedNanos = startedNanos;
    }

    /** The next attempt begins. */
    void begin(Ready attempt, Instant at, long nanos) {
        ready = attempt;
        startedAt = at;
        startedNanos = nanos;
        inHandler = false;
        timetableRead = false;
        phase = "running";
        revocation = null;
        call = new HandlerCall();
        notes = new RunNotes();
    }

    /** The handler's first line, on its thread. */
    void began(Instant at, long nanos) {
        startedAt = at;
        startedNanos = nanos;
        inHandler = true;
    }

    public long taskId() {
        return ready.task().id();
    }

    public Ready ready() {
        return ready;
    }

    DueTask task() {
        return ready.task();
    }

    TaskType<?> type() {
        return type;
    }

    /** By the database's clock, as well as this node can tell. */
    public Instant startedAt() {
        return startedAt;
    }

    Duration age(long nowNanos) {
        return Duration.ofNanos(nowNanos - startedNanos);
    }

    /** True when the attempt has had the time that it may take. Time spent waiting for a thread does not count. */
    boolean isTimeOver(long nowNanos) {
        return inHandler && age(nowNanos).compareTo(timeout()) > 0;
    }

    /** True once the task's next due time has come and its schedule says that this ends the run. Asked by one actor. */
    boolean isOvertaken(Instant now) {
        if (!inHandler) {
            return false;
        }
        if (!timetableRead) {
            cancelAt = Timetable.cancelAt(task(), startedAt);
            timetableRead = true;
        }
        Optional<Instant> at = cancelAt;
        return at.isPresent() && !now.isBefore(at.get());
    }

    Duration timeout() {
        Long own = task().timeoutMillis();
        return own == null ? type.timeout() : Duration.ofMillis(own);
    }

    /** running, restarting or cancelling. */
    public String phase() {
        return phase;
    }

    void phase(String now) {
        phase = now;
    }

    public @Nullable Integer percent() {
        Progress progress = notes.progress();
        return progress == null ? null : progress.percent();
    }

    public @Nullable String message() {
        Progress progress = notes.progress();
        return progress == null ? null : progress.message();
    }

    /** The lines of the attempt's log so far. */
    public List<String> lines() {
        return notes.lines();
    }

    /** What the handler of the attempt under way says. */
    RunNotes notes() {
        return notes;
    }

    @Nullable
    ActorRef<TaskRunner.Command> actor() {
        return actor;
    }

    void actor(ActorRef<TaskRunner.Command> self) {
        actor = self;
    }

    /** Whether the ledger has it. */
    boolean entered() {
        return entered;
    }

    void enteredNow() {
        entered = true;
    }

    /** An entry is about to be written, or is left from before; false when the run has ended in the belief that there is none. */
    boolean claimForLedger() {
        return inLedger.compareAndSet(InLedger.NOT_YET, InLedger.MAYBE) || inLedger.get() == InLedger.MAYBE;
    }

    /** The run ends; true when the ledger has no entry of it, and will get none. */
    boolean endsOutsideLedger() {
        return inLedger.compareAndSet(InLedger.NOT_YET, InLedger.NEVER) || inLedger.get() == InLedger.NEVER;
    }

    /** The actor was restarted. */
    void nextLife() {
        life++;
    }

    int life() {
        return life;
    }

    HandlerCall call() {
        return call;
    }

    Map<Long, Lease> leases() {
        return leases;
    }

    /** Leases that were taken back and whose connection is not known to be gone. */
    Set<Long> revokedLeases() {
        return revokedLeases;
    }

    /** Why the attempt before this life of the actor ended; null in the first life. */
    @Nullable
    String revocation() {
        return revocation;
    }

    void revoked(String why) {
        revocation = why;
    }

    /** The run was reported over. */
    boolean over() {
        return over;
    }

    void setOver() {
        over = true;
    }
}
