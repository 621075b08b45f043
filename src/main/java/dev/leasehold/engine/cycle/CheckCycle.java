package dev.leasehold.engine.cycle;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.leasehold.engine.flush.Settled;
import dev.leasehold.engine.lane.LaneBook;
import dev.leasehold.engine.lane.LaneRules;
import dev.leasehold.engine.lane.Obstacle;
import dev.leasehold.engine.lane.ReadPlan;
import dev.leasehold.engine.lane.Ready;
import dev.leasehold.engine.limit.SlotDesk;
import dev.leasehold.engine.limit.SlotOffice;
import dev.leasehold.engine.run.RunLedger;
import dev.leasehold.lease.Ticker;
import dev.leasehold.store.LaneFence;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
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

    /** A task was changed, and is not due any more where that is null; after COMMIT. Lost, its start or end finds it. */
    public record Changed(
            int lane, int priority, long task, @Nullable Instant dueAt) implements Command {}

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

    /** What people have laid down, from now on; nothing is read before the first of these. */
    public record Ruled(LaneRules rules) implements Command {}

    /** Starts nothing more; answered once, when no run is left, or after the limit and a moment. */
    public record Drain(Duration limit, ActorRef<Done> replyTo) implements Command {}

    /** Asks what keeps a task that is active and due from starting; answered at once. */
    public record Explain(Obstacle.Question asked, ActorRef<Obstacle> replyTo) implements Command {}

    private record ReadDone(DueReader.Seen seen) implements Command {}

    private record ReadFailed(Throwable failure) implements Command {}

    private record Entered(List<Ready> runs) implements Command {}

    private record Noted(HandOver.Noted written) implements Command {}

    private record Heard(SlotOffice.Heard news) implements Command {}

    private record RecordWritten(@Nullable Throwable failure) implements Command {}

    record Ticked(CycleTick tick) implements Command {}

    private static final Duration GUARD_EVERY = Duration.ofMillis(250);
    private static final Duration AGAIN_AFTER = Duration.ofMillis(500);
    private static final Duration DRAIN_MOMENT = Duration.ofSeconds(1);
    private static final int START_MAX = 1_000;

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final CycleParts parts;
    private final LaneBook book;
    private final IdleInterval interval;
    private final CycleRecords records;
    private final DueTimer dueTimer;
    private final SlowPass slowPass;
    private final CycleWriter writer;
    private final DueReader reader;
    private final Ticker ticker;
    private final DatabaseClock clock;
    private final HandOver handOver;
    private final Confirmation confirmation;
    private final Draining drain;
    private final SlotTalk slotTalk;
    private boolean lookedIdly;

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
        this.clock = parts.clock();
        this.drain = new Draining(timers);
        this.book = new LaneBook(parts.slotsByType(), parts.settings().slots(), new SlotDesk(parts.node()))
                .ageing(parts.settings().ageing())
                .awaitingRules();
        this.interval =
                new IdleInterval(parts.settings().idleMin(), parts.settings().idleMax());
        this.confirmation = new Confirmation(
                parts.settings().suspendAfter(), parts.settings().cancelAfter());
        this.dueTimer = new DueTimer(parts.settings().idleMax());
        this.slowPass = new SlowPass(parts.settings().slowRound());
        this.writer = new CycleWriter(parts.leases(), parts.node());
        this.reader = new DueReader(parts);
        this.records = new CycleRecords(writer, parts.counters(), ticker);
        this.handOver = new HandOver(
                parts,
                book,
                records,
                context.messageAdapter(RunLedger.Entered.class, entered -> new Entered(entered.runs())),
                noted -> context.pipeToSelf(noted, (written, never) -> new Noted(written)),
                () -> !drain.isOn() && confirmation.allowsStarts(ticker.nanos()));
        this.slotTalk = new SlotTalk(book, parts.office(), context.messageAdapter(SlotOffice.Heard.class, Heard::new));
        timers.startTimerWithFixedDelay(new Ticked(CycleTick.GUARD), GUARD_EVERY);
        timers.startSingleTimer(new Ticked(CycleTick.IDLE), interval.now());
    }

    private Behavior<Command> working() {
        return Behaviors.receive(Command.class)
                .onMessage(SettledRuns.class, this::onSettled)
                .onMessage(
                        Wake.class,
                        wake -> step(() -> book.wake(wake.lane(), wake.priority(), wake.dueAt(), clock.get())))
                .onMessage(ReadDone.class, this::onReadDone)
                .onMessage(ReadFailed.class, this::onReadFailed)
                .onMessage(Entered.class, entered -> endOfDrain(step(() -> handOver.entered(entered.runs()))))
                .onMessage(Noted.class, noted -> endOfDrain(step(() -> handOver.noted(noted.written()))))
                .onMessage(Confirmed.class, confirmed -> step(() -> confirm(confirmed.sentNanos())))
                .onMessage(Ticked.class, ticked -> onTick(ticked.tick()))
                .onMessage(
                        Changed.class,
                        changed -> step(() -> book.changed(
                                changed.lane(), changed.priority(), changed.task(), changed.dueAt(), clock.get())))
                .onMessage(Notified.class, notified -> step(() -> book.notified(notified.lane())))
                .onMessage(Owned.class, owned -> step(() -> book.own(owned.fence(), owned.cautiousUntil())))
                .onMessage(Lost.class, lost -> step(() -> parts.starter().abandon(book.lose(lost.fence()))))
                .onMessage(Abandoned.class, run -> endOfDrain(step(() -> handOver.abandoned(run.run()))))
                .onMessage(Strayed.class, strayed -> step(() -> book.strayed(strayed.task())))
                .onMessage(Left.class, left -> step(() -> book.gone(left.task())))
                .onMessage(Ruled.class, ruled -> step(() -> slotTalk.rule(ruled.rules())))
                .onMessage(Heard.class, heard -> step(() -> slotTalk.hear(heard.news())))
                .onMessage(RecordWritten.class, this::onRecordWritten)
                .onMessage(Drain.class, this::onDrain)
                .onMessage(Explain.class, explain -> {
                    explain.replyTo().tell(book.obstacle(explain.asked(), standing()));
                    return Behaviors.same();
                })
                .build();
    }

    /** A change of what is known, and what follows from it. */
    private Behavior<Command> step(Runnable change) {
        change.run();
        handOut();
        slotTalk.ask(this::standing, false);
        read();
        return Behaviors.same();
    }

    private void read() {
        if (drain.isOn() || confirmation.isSuspended()) {
            return;
        }
        Optional<ReadPlan> wanted = book.nextRead(clock.get());
        if (wanted.isEmpty()) {
            watchNextDue();
            return;
        }
        context.pipeToSelf(
                reader.read(wanted.get()),
                (seen, failure) -> seen == null ? new ReadFailed(failure) : new ReadDone(seen));
    }

    private Behavior<Command> onReadDone(ReadDone done) {
        DueReader.Seen seen = done.seen();
        reader.seen(seen);
        if (seen.plan().confirms(book.owned(), seen.answer())) {
            confirm(seen.sentNanos());
        }
        book.answered(seen.answer(), seen.took());
        seen.plan().lost(seen.answer()).forEach(lost -> parts.starter().abandon(book.lose(lost)));
        boolean active = book.waiting() > 0 || book.running() > 0 || book.earliest() != null;
        boolean atItsEnd = !seen.answer().read().isCut(); // else the next read is to tell
        if (active || atItsEnd) {
            interval.seen(active).ifPresent(writer::adjusted);
        }
        if (lookedIdly && atItsEnd) {
            lookedIdly = false;
            if (book.waiting() == 0) {
                records.idle(seen.took(), interval.now());
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

    private Obstacle.Node standing() {
        return new Obstacle.Node(
                drain.isOn(),
                confirmation.allowsStarts(ticker.nanos()),
                parts.threads().room());
    }

    private void watchNextDue() {
        dueTimer.set(book.earliest(), clock.get())
                .ifPresent(wait -> timers.startSingleTimer(new Ticked(CycleTick.DUE), wait));
    }

    private void handOut() {
        Obstacle.Node standing = standing();
        if (standing.draining() || !standing.starts() || book.waiting() == 0) {
            return;
        }
        List<Ready> started = book.start(Math.min(START_MAX, standing.threads()), clock.get());
        handOver.start(started);
    }

    private Behavior<Command> onSettled(SettledRuns runs) {
        for (Settled settled : runs.settled()) {
            records.settled(settled);
            if (!settled.goesOn()) {
                book.began(settled.run(), settled.completion().startedAt());
                book.ended(settled.run(), settled.dueAgain());
            }
        }
        return endOfDrain(step(() -> {}));
    }

    private Behavior<Command> onTick(CycleTick tick) {
        switch (tick) {
            case DUE -> dueTimer.rang();
            case IDLE -> {
                lookedIdly = true;
                book.lookEverywhere();
                timers.startSingleTimer(new Ticked(CycleTick.IDLE), interval.now());
                paceSlowPass();
            }
            case SLOW -> {
                slowPass.next(book.owned()).ifPresent(fence -> book.lookSlowly(fence.lane()));
                paceSlowPass();
            }
            case AGAIN -> reader.wantedAgain();
            case GUARD -> guard();
            case DRAIN_OVER -> {
                parts.starter().abandon(book.allRunning());
                timers.startSingleTimer(new Ticked(CycleTick.DRAIN_END), DRAIN_MOMENT);
            }
            case DRAIN_END -> drain.answer();
        }
        return step(() -> {});
    }

    private void paceSlowPass() {
        slowPass.timer(book.owned().size(), book.slowPieces())
                .ifPresent(pace -> timers.startSingleTimer(new Ticked(CycleTick.SLOW), pace));
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
                context.getLog().warn("no statement confirmed for {}: {} runs are cancelled", age, book.running());
                parts.starter().abandon(book.allRunning());
            }
            case GO_ON -> {}
        }
        slotTalk.ask(this::standing, true);
        closeRecord(book.waiting() == 0 && book.running() == 0);
        publish();
    }

    private void closeRecord(boolean allDone) {
        if (records.close(allDone, interval.now())) {
            writeRecord();
        }
    }

    private void writeRecord() {
        CompletionStage<Long> writing = records.write();
        if (writing != null) {
            context.pipeToSelf(writing, (number, failure) -> new RecordWritten(failure));
        }
    }

    private Behavior<Command> onRecordWritten(RecordWritten written) {
        if (written.failure() == null) {
            records.written(clock.get());
            writeRecord();
        } else {
            records.notWritten(); // the next guard tick tries again
        }
        return endOfDrain(Behaviors.same());
    }

    private void publish() {
        boolean late = reader.isLate(interval.now().plus(parts.settings().suspendAfter()));
        boolean overdue = late && !book.owned().isEmpty() && !drain.isOn();
        parts.counters()
                .publish(CycleView.of(book, confirmation.isSuspended(), reader.lastReadAt(), overdue, interval.now()));
    }

    private Behavior<Command> onDrain(Drain asked) {
        timers.cancel(new Ticked(CycleTick.IDLE));
        timers.cancel(new Ticked(CycleTick.SLOW));
        drain.begin(asked);
        return endOfDrain(Behaviors.same());
    }

    private Behavior<Command> endOfDrain(Behavior<Command> next) {
        if (drain.isAwaited() && book.running() == 0) {
            closeRecord(true);
            if (!records.isAnyUnwritten()) {
                drain.answer();
            }
        }
        return next;
    }
}
