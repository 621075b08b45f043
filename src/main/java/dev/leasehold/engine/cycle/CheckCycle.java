package dev.leasehold.engine.cycle;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.leasehold.engine.flush.Settled;
import dev.leasehold.engine.lane.LaneBook;
import dev.leasehold.engine.lane.ReadPlan;
import dev.leasehold.engine.lane.Ready;
import dev.leasehold.engine.run.RunLedger;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.Ticker;
import dev.leasehold.store.LaneFence;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads what is due in this node's lanes and hands it to the runs' supervisors.
 *
 * <pre>
 *   working --Wake, Due, Idle, Settled--> reads (one at a time) --ReadDone--> hands out --> working
 *      '--Drain--> draining (starts and reads nothing) --last run over, or the limit--> answers, draining
 * </pre>
 *
 * It holds a connection only while it reads. A run holds its slot until its end is confirmed.
 */
public final class CheckCycle {

    /** What it understands. */
    public sealed interface Command {}

    /** A task of this lane and priority is due then; after the COMMIT that made it so. Lost, it costs an idle interval. */
    public record Wake(int lane, int priority, Instant dueAt) implements Command {}

    /** Something was enqueued in this lane by a transaction of somebody else. */
    public record Notified(int lane) implements Command {}

    /** From the lanes: this one is ours, from now on under this epoch. */
    public record Owned(LaneFence fence, @Nullable Instant cautiousUntil) implements Command {}

    /** From the lanes: this one is not ours any more. */
    public record Lost(LaneFence fence) implements Command {}

    /** A statement sent at this time confirmed that this node owns its lanes. */
    public record Confirmed(long sentNanos) implements Command {}

    /** From the flush and from transactional runs: these are over. */
    public record SettledRuns(List<Settled> settled) implements Command {}

    /** From a run: it is over, nothing is written, its task stays due. */
    public record Abandoned(Ready run) implements Command {}

    /** From a run that is over: its thread is still inside the handler. */
    public record Strayed(long task) implements Command {}

    /** Such a thread has left. */
    public record Left(long task) implements Command {}

    /** Starts nothing more; answered once, when no run is left, or after the limit and a moment. */
    public record Drain(Duration limit, ActorRef<Done> replyTo) implements Command {}

    private record ReadDone(ReadPlan.Answer answer, long sentNanos, long receivedNanos) implements Command {}

    private record ReadFailed(Throwable failure) implements Command {}

    private record Entered(List<Ready> runs) implements Command {}

    private record RecordWritten(@Nullable Throwable failure) implements Command {}

    private record Ticked(CycleTick tick) implements Command {}

    private static final Holder HOLDER = Holder.node("check-cycle");
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(30));
    private static final Duration GUARD_EVERY = Duration.ofMillis(250);
    private static final Duration AGAIN_AFTER = Duration.ofMillis(500);
    private static final Duration DRAIN_MOMENT = Duration.ofSeconds(1);
    private static final int START_MAX = 1_000;

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final CycleParts parts;
    private final LaneBook book;
    private final IdleInterval interval;
    private final CycleLog log = new CycleLog();
    private final DueTimer dueTimer;
    private final SlowPass slowPass;
    private final CycleWriter writer;
    private final Ticker ticker;
    private final ActorRef<RunLedger.Entered> enteredAdapter;
    private final Confirmation confirmation;
    private boolean draining;
    private boolean lookedIdly;
    private @Nullable Instant lastReadAt;
    private long wantedSince;
    private @Nullable ActorRef<Done> drained;

    /** Supervised with restart by nobody: its state is the truth about what is in flight, so its death is the node's. */
    public static Behavior<Command> create(CycleParts parts) {
        return Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new CheckCycle(context, timers, parts).working()));
    }

    private CheckCycle(ActorContext<Command> context, TimerScheduler<Command> timers, CycleParts parts) {
        context.setLoggerName(CheckCycle.class);
        this.context = context;
        this.timers = timers;
        this.parts = parts;
        this.ticker = parts.ticker();
        this.book = new LaneBook(parts.slotsByType(), parts.settings().slots());
        this.interval =
                new IdleInterval(parts.settings().idleMin(), parts.settings().idleMax());
        this.confirmation = new Confirmation(
                parts.settings().suspendAfter(), parts.settings().cancelAfter());
        this.dueTimer = new DueTimer(parts.settings().idleMax());
        this.slowPass = new SlowPass(parts.settings().slowRound());
        this.writer = new CycleWriter(parts.leases(), parts.node());
        this.enteredAdapter = context.messageAdapter(RunLedger.Entered.class, entered -> new Entered(entered.runs()));
        this.wantedSince = ticker.nanos();
        timers.startTimerWithFixedDelay(new Ticked(CycleTick.GUARD), GUARD_EVERY);
        timers.startSingleTimer(new Ticked(CycleTick.IDLE), interval.now());
    }

    private Behavior<Command> working() {
        return Behaviors.receive(Command.class)
                .onMessage(SettledRuns.class, this::onSettled)
                .onMessage(Wake.class, wake -> step(() -> book.wake(wake.lane(), wake.priority(), wake.dueAt(), now())))
                .onMessage(ReadDone.class, this::onReadDone)
                .onMessage(ReadFailed.class, this::onReadFailed)
                .onMessage(Entered.class, this::onEntered)
                .onMessage(Confirmed.class, this::onConfirmed)
                .onMessage(Ticked.class, ticked -> onTick(ticked.tick()))
                .onMessage(Notified.class, notified -> step(() -> book.notified(notified.lane())))
                .onMessage(Owned.class, owned -> step(() -> book.own(owned.fence(), owned.cautiousUntil())))
                .onMessage(Lost.class, this::onLost)
                .onMessage(Abandoned.class, this::onAbandoned)
                .onMessage(Strayed.class, strayed -> step(() -> book.strayed(strayed.task())))
                .onMessage(Left.class, left -> step(() -> book.gone(left.task())))
                .onMessage(RecordWritten.class, this::onRecordWritten)
                .onMessage(Drain.class, this::onDrain)
                .build();
    }

    private Instant now() {
        return parts.clock().get();
    }

    /** A change of what is known, and what follows from it. */
    private Behavior<Command> step(Runnable change) {
        change.run();
        handOut();
        read();
        return Behaviors.same();
    }

    private void read() {
        if (draining || confirmation.isSuspended()) {
            return;
        }
        Optional<ReadPlan> wanted = book.nextRead(now());
        if (wanted.isEmpty()) {
            watchNextDue();
            return;
        }
        ReadPlan plan = wanted.get();
        long sent = ticker.nanos();
        wantedSince = sent;
        Set<String> types = parts.slotsByType().keySet();
        context.pipeToSelf(
                parts.leases().run(PoolName.PLATFORM, LeaseClass.CONTROL, HOLDER, HOLD, connection -> {
                    long start = ticker.nanos();
                    ReadPlan.Answer answer = plan.read(connection, parts.node(), types);
                    return new ReadDone(answer, start, ticker.nanos());
                }),
                (done, failure) -> done == null ? new ReadFailed(failure) : done);
    }

    private Behavior<Command> onReadDone(ReadDone done) {
        parts.clock().observe(done.answer().read().now(), done.sentNanos(), done.receivedNanos());
        confirm(done.sentNanos());
        lastReadAt = done.answer().read().now();
        book.answered(done.answer());
        boolean active = book.waiting() > 0 || book.running() > 0 || book.earliest() != null;
        interval.seen(active).ifPresent(writer::adjusted);
        if (lookedIdly) {
            lookedIdly = false;
            if (book.waiting() == 0) {
                log.idle(Duration.ofNanos(done.receivedNanos() - done.sentNanos()), interval.now());
            }
        }
        return step(() -> {});
    }

    private Behavior<Command> onReadFailed(ReadFailed failed) {
        book.failed();
        if (interval.unknown()) {
            context.getLog()
                    .warn(
                            "due tasks not read, trying again: {}",
                            failed.failure().toString());
            writer.degraded(interval.now(), failed.failure());
        }
        timers.startSingleTimer(new Ticked(CycleTick.AGAIN), AGAIN_AFTER);
        return Behaviors.same();
    }

    private void watchNextDue() {
        dueTimer.set(book.earliest(), now())
                .ifPresent(wait -> timers.startSingleTimer(new Ticked(CycleTick.DUE), wait));
    }

    private void handOut() {
        if (draining || !confirmation.allowsStarts(ticker.nanos()) || book.waiting() == 0) {
            return;
        }
        List<Ready> started = book.start(Math.min(START_MAX, parts.threads().room()));
        if (started.isEmpty()) {
            return;
        }
        long now = ticker.nanos();
        List<Ready> plain = new ArrayList<>(started.size());
        List<Ready> cautious = new ArrayList<>();
        for (Ready each : started) {
            if (parts.starter().setAside(each)) {
                continue;
            }
            log.started(each.task(), now);
            (each.cautious() ? cautious : plain).add(each);
        }
        parts.counters().found((int)
                started.stream().filter(run -> run.task().attempt() == 1).count());
        parts.starter().start(plain);
        if (!cautious.isEmpty()) {
            parts.ledger().tell(new RunLedger.EnterFirst(cautious, enteredAdapter));
        }
    }

    /** They were handed out before they were entered; what was lost or stopped meanwhile must not start. */
    private Behavior<Command> onEntered(Entered entered) {
        boolean starts = !draining && confirmation.allowsStarts(ticker.nanos());
        List<Ready> mayStart = new ArrayList<>();
        for (Ready each : entered.runs()) {
            if (starts && book.owns(each.fence())) {
                mayStart.add(each);
            } else {
                book.ended(each, each.task().dueAt());
            }
        }
        parts.starter().start(mayStart);
        return endOfDrain(step(() -> {}));
    }

    private Behavior<Command> onSettled(SettledRuns runs) {
        for (Settled settled : runs.settled()) {
            log.settled(settled);
            parts.counters().settled(settled);
            if (!settled.goesOn()) {
                book.ended(settled.run(), settled.dueAgain());
            }
        }
        return endOfDrain(step(() -> {}));
    }

    private Behavior<Command> onAbandoned(Abandoned abandoned) {
        // Still due, and behind the cursor: to be read again by its id, if the lane is still ours.
        return endOfDrain(
                step(() -> book.ended(abandoned.run(), abandoned.run().task().dueAt())));
    }

    private Behavior<Command> onLost(Lost lost) {
        return step(() -> {
            if (book.owns(lost.fence())) {
                book.lose(lost.fence().lane()).forEach(task -> RunLedger.abandon(parts.board(), task));
            }
        });
    }

    private Behavior<Command> onTick(CycleTick tick) {
        switch (tick) {
            case DUE -> dueTimer.rang();
            case IDLE -> {
                lookedIdly = true;
                book.lookEverywhere();
                timers.startSingleTimer(new Ticked(CycleTick.IDLE), interval.now());
                slowPass.pace(book.owned().size())
                        .ifPresent(pace -> timers.startTimerWithFixedDelay(new Ticked(CycleTick.SLOW), pace));
            }
            case SLOW -> slowPass.next(book.owned()).ifPresent(fence -> book.lookSlowly(fence.lane()));
            case AGAIN -> wantedSince = ticker.nanos();
            case GUARD -> guard();
            case DRAIN_OVER -> {
                parts.board().all().forEach(run -> RunLedger.abandon(parts.board(), run.taskId()));
                timers.startSingleTimer(new Ticked(CycleTick.DRAIN_END), DRAIN_MOMENT);
            }
            case DRAIN_END -> answerDrain();
        }
        return step(() -> {});
    }

    private Behavior<Command> onConfirmed(Confirmed confirmed) {
        confirm(confirmed.sentNanos());
        return step(() -> {});
    }

    private void confirm(long sentNanos) {
        if (confirmation.confirm(sentNanos, ticker.nanos())) {
            book.lookEverywhere();
        }
    }

    private void guard() {
        Duration age = confirmation.age(ticker.nanos());
        switch (confirmation.look(ticker.nanos())) {
            case SUSPEND -> context.getLog().warn("no statement confirmed for {}: no runs are started", age);
            case CANCEL_RUNS -> {
                context.getLog()
                        .warn(
                                "no statement confirmed for {}: {} runs are cancelled",
                                age,
                                parts.board().size());
                parts.board().all().forEach(run -> RunLedger.abandon(parts.board(), run.taskId()));
            }
            case GO_ON -> {}
        }
        boolean allDone = book.waiting() == 0 && book.running() == 0;
        if (log.close(allDone, interval.now(), ticker.nanos())) {
            writeRecord();
        }
        publish();
    }

    private void writeRecord() {
        String record = log.next();
        if (record != null) {
            context.pipeToSelf(writer.cycle(record), (number, failure) -> new RecordWritten(failure));
        }
    }

    private Behavior<Command> onRecordWritten(RecordWritten written) {
        if (written.failure() == null) {
            log.written();
            parts.counters().cycle(now());
            writeRecord();
        } else {
            log.notWritten(); // the next guard tick tries again
        }
        return Behaviors.same();
    }

    private void publish() {
        boolean late = Duration.ofNanos(ticker.nanos() - wantedSince)
                        .compareTo(interval.now().plus(parts.settings().suspendAfter()))
                > 0;
        parts.counters()
                .publish(new CycleView(
                        confirmation.isSuspended(),
                        lastReadAt,
                        late && !book.owned().isEmpty() && !draining,
                        book.waiting(),
                        book.running(),
                        interval.now(),
                        book.runningByType()));
    }

    private Behavior<Command> onDrain(Drain drain) {
        draining = true;
        drained = drain.replyTo();
        timers.cancel(new Ticked(CycleTick.IDLE));
        timers.cancel(new Ticked(CycleTick.SLOW));
        timers.startSingleTimer(new Ticked(CycleTick.DRAIN_OVER), drain.limit());
        return endOfDrain(Behaviors.same());
    }

    private Behavior<Command> endOfDrain(Behavior<Command> next) {
        if (draining && book.running() == 0) {
            answerDrain();
        }
        return next;
    }

    private void answerDrain() {
        if (drained != null) {
            drained.tell(Done.getInstance());
            drained = null;
            timers.cancel(new Ticked(CycleTick.DRAIN_OVER));
            timers.cancel(new Ticked(CycleTick.DRAIN_END));
        }
    }
}
