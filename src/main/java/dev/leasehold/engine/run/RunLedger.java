package dev.leasehold.engine.run;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.leasehold.engine.lane.Ready;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.SqlWork;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the runs under way: enters in the ledger those that last longer than a moment, renews their progress, hears there
 * of cancellations whose message was lost, and ends attempts whose time is over.
 *
 * <pre>
 *   watching --Tick--> writes (at most one statement under way) --Seen--> watching
 * </pre>
 */
public final class RunLedger {

    /** What it understands. */
    public sealed interface Command {}

    /** Enters runs before they start, since their lane saw a crash. Answered once, when that is committed, or not at all. */
    public record EnterFirst(List<Ready> runs, ActorRef<Entered> replyTo) implements Command {}

    /** These stand in the ledger and may start. */
    public record Entered(List<Ready> runs) {}

    /** This run was given up without a result: its entry goes, unless it is under way again by then. Never answered. */
    public record Forget(Ready run) implements Command {}

    private enum Tick implements Command {
        INSTANCE
    }

    private record Written(List<Ledger.Seen> seen) implements Command {}

    private record WriteFailed(Throwable failure) implements Command {}

    private record Forgotten(List<Ready> runs) implements Command {}

    private record FirstWritten(EnterFirst first) implements Command {}

    private record FirstFailed(EnterFirst first, Throwable failure) implements Command {}

    private static final Duration LOOK_EVERY = Duration.ofMillis(100);
    private static final Duration ENTER_AFTER = Duration.ofMillis(250);
    private static final int RENEW_EVERY = 10;
    private static final int FORGET_MAX = 10_000;
    private static final Holder HOLDER = Holder.node("ledger", Holder.Session.AS_IS);
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(5));

    private final ActorContext<Command> context;
    private final Leases leases;
    private final RunParts parts;
    private final Renewals renewals = new Renewals();
    private final Map<Long, Ready> toForget = new LinkedHashMap<>();
    private boolean writing;
    private int ticks;

    public static Behavior<Command> create(Leases leases, RunParts parts) {
        return Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new RunLedger(context, timers, leases, parts).watching()));
    }

    private RunLedger(ActorContext<Command> context, TimerScheduler<Command> timers, Leases leases, RunParts parts) {
        context.setLoggerName(RunLedger.class);
        this.context = context;
        this.leases = leases;
        this.parts = parts;
        timers.startTimerWithFixedDelay(Tick.INSTANCE, LOOK_EVERY);
    }

    private Behavior<Command> watching() {
        return Behaviors.receive(Command.class)
                .onMessageEquals(Tick.INSTANCE, this::onTick)
                .onMessage(Written.class, this::onWritten)
                .onMessage(WriteFailed.class, this::onWriteFailed)
                .onMessage(Forget.class, this::onForget)
                .onMessage(Forgotten.class, this::onForgotten)
                .onMessage(EnterFirst.class, this::onEnterFirst)
                .onMessage(FirstWritten.class, this::onFirstWritten)
                .onMessage(FirstFailed.class, this::onFirstFailed)
                .build();
    }

    private Behavior<Command> onTick() {
        long now = parts.ticker().nanos();
        if (++ticks % RENEW_EVERY == 0) {
            renewals.begin();
        }
        List<RunState> old = new ArrayList<>();
        for (RunState run : parts.board().all()) {
            if (run.isTimeOver(now) && run.call().stopped() == null) {
                stop(run, HandlerCall.Stop.TIMED_OUT);
            }
            if (run.call().stopped() == null && run.isOvertaken(parts.now().get())) {
                stop(run, HandlerCall.Stop.OVERTAKEN);
            }
            if (run.age(now).compareTo(ENTER_AFTER) >= 0) {
                old.add(run);
            }
        }
        if (!writing) {
            write(old);
        }
        return Behaviors.same();
    }

    /** Only one statement at a time: an entry must not come back by a write that was sent before it was to go. */
    private void write(List<RunState> runs) {
        for (Long task : List.copyOf(toForget.keySet())) {
            boolean again =
                    parts.board().find(task).filter(RunState::claimForLedger).isPresent();
            if (again) {
                toForget.remove(task); // its end will take the entry out
            }
        }
        if (!toForget.isEmpty()) {
            List<Ready> gone = List.copyOf(toForget.values());
            writing = true;
            context.pipeToSelf(
                    control(connection -> {
                        Ledger.leave(connection, parts.node(), left(gone));
                        return gone;
                    }),
                    (done, failure) -> done == null ? new WriteFailed(failure) : new Forgotten(done));
            return;
        }
        List<Ledger.Entry> entries = renewals.next(runs).stream()
                .filter(RunState::claimForLedger)
                .map(run -> entry(run.ready(), run.startedAt(), run.percent(), run.message()))
                .toList();
        if (!entries.isEmpty()) {
            writing = true;
            context.pipeToSelf(
                    control(connection -> Ledger.enter(connection, parts.node(), entries)),
                    (seen, failure) -> seen == null ? new WriteFailed(failure) : new Written(seen));
        }
    }

    private <T> CompletionStage<T> control(SqlWork<T> work) {
        return leases.run(PoolName.PLATFORM, LeaseClass.CONTROL, HOLDER, HOLD, work);
    }

    private static List<Ledger.Left> left(List<Ready> runs) {
        return runs.stream()
                .map(run -> new Ledger.Left(
                        run.task().id(),
                        run.task().runNo(),
                        run.task().attempt(),
                        run.fence().epoch()))
                .toList();
    }

    private Behavior<Command> onForget(Forget forget) {
        if (toForget.size() < FORGET_MAX) {
            toForget.put(forget.run().task().id(), forget.run());
        }
        return Behaviors.same();
    }

    private Behavior<Command> onForgotten(Forgotten forgotten) {
        writing = false;
        forgotten.runs().forEach(run -> toForget.remove(run.task().id(), run));
        return Behaviors.same();
    }

    private Ledger.Entry entry(Ready ready, Instant startedAt, @Nullable Integer progress, @Nullable String message) {
        DueTask task = ready.task();
        return new Ledger.Entry(
                task.id(),
                task.runNo(),
                task.attempt(),
                task.lane(),
                ready.fence().epoch(),
                parts.node(),
                task.type(),
                task.tenant(),
                task.dueAt(),
                startedAt,
                progress,
                message == null ? null : message.replace('\0', ' '),
                ready.cautious());
    }

    private Behavior<Command> onWritten(Written written) {
        writing = false;
        for (Ledger.Seen seen : written.seen()) {
            parts.board().find(seen.taskId()).ifPresent(run -> {
                run.enteredNow();
                if (seen.state().equals("cancelled")) {
                    stop(run, HandlerCall.Stop.CANCELLED);
                }
            });
        }
        return Behaviors.same();
    }

    private static void stop(RunState run, HandlerCall.Stop why) {
        ActorRef<TaskRunner.Command> actor = run.actor();
        if (actor != null) {
            actor.tell(new TaskRunner.Stop(run, why));
        }
    }

    private Behavior<Command> onWriteFailed(WriteFailed failed) {
        writing = false; // the next tick tries again
        context.getLog().debug("ledger not written", failed.failure());
        return Behaviors.same();
    }

    private Behavior<Command> onEnterFirst(EnterFirst first) {
        List<Ledger.Entry> entries = first.runs().stream()
                .map(run -> entry(run, parts.now().get(), null, null))
                .toList();
        first.runs().forEach(run -> toForget.remove(run.task().id()));
        context.pipeToSelf(
                control(connection -> Ledger.enter(connection, parts.node(), entries)),
                (seen, failure) -> seen == null ? new FirstFailed(first, failure) : new FirstWritten(first));
        return Behaviors.same();
    }

    private Behavior<Command> onFirstWritten(FirstWritten written) {
        // One that was not accepted has been taken over or changed; its start finds that out.
        written.first().replyTo().tell(new Entered(written.first().runs()));
        return Behaviors.same();
    }

    private Behavior<Command> onFirstFailed(FirstFailed failed) {
        context.getLog().debug("runs not entered before their start", failed.failure());
        failed.first().runs().forEach(parts.listener()::abandoned);
        return Behaviors.same();
    }

    /** Tells a run of this task to end because somebody cancelled the task; nothing when there is none. */
    public static void cancel(RunBoard board, long task) {
        board.find(task).ifPresent(run -> stop(run, HandlerCall.Stop.CANCELLED));
    }

    /** Tells a run to end without a result: its task stays due. */
    public static void abandon(RunBoard board, long task) {
        board.find(task).ifPresent(run -> stop(run, HandlerCall.Stop.ABANDONED));
    }
}
