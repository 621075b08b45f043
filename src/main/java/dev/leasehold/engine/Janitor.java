package dev.leasehold.engine;

import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.store.Alerts;
import dev.leasehold.store.Batches;
import dev.leasehold.store.IdempotencyKeys;
import dev.leasehold.store.KeyStarts;
import dev.leasehold.store.Partitions;
import dev.leasehold.store.Probes;
import dev.leasehold.store.Steps;
import dev.leasehold.store.Subscriptions;
import dev.leasehold.store.TaskRow;
import dev.leasehold.store.Upkeep;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.function.Consumer;

/**
 * Upkeep: days ahead, days that are over, keys that have expired, stopped tasks whose rest is over, tasks that were
 * cancelled long ago.
 *
 * <pre>
 *   resting --Tick--> working (one round under way) --Done, Failed--> resting
 * </pre>
 *
 * Every node does it; what one has done the others find done.
 */
final class Janitor {

    /** What it understands: nothing from outside. */
    sealed interface Command {}

    private enum Tick implements Command {
        INSTANCE
    }

    private record Done(List<TaskRow> probes, LocalDate madeUpTo) implements Command {}

    private record Failed(Throwable failure) implements Command {}

    private static final int DAYS_AHEAD = 7;
    private static final int CANCELLED_DAYS = 30;
    private static final Holder HOLDER = Holder.node("janitor");
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(60));

    private final ActorContext<Command> context;
    private final Leases leases;
    private final Duration outboxAge;
    private final Consumer<TaskRow> changed;
    private final Consumer<LocalDate> madeUpTo;

    /**
     * @param changed is told each task that was set going
     * @param madeUpTo is told the last day for which there is room in every table
     */
    static Behavior<Command> create(
            Leases leases, EngineSettings settings, Consumer<TaskRow> changed, Consumer<LocalDate> madeUpTo) {
        return Behaviors.setup(context -> Behaviors.withTimers(
                timers -> new Janitor(context, timers, leases, settings, changed, madeUpTo).resting()));
    }

    private Janitor(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Leases leases,
            EngineSettings settings,
            Consumer<TaskRow> changed,
            Consumer<LocalDate> madeUpTo) {
        context.setLoggerName(Janitor.class);
        this.context = context;
        this.leases = leases;
        this.outboxAge = settings.outbox().alertAfter();
        this.changed = changed;
        this.madeUpTo = madeUpTo;
        timers.startTimerWithFixedDelay(Tick.INSTANCE, settings.janitorInterval());
    }

    private Behavior<Command> resting() {
        return Behaviors.receive(Command.class)
                .onMessageEquals(Tick.INSTANCE, this::round)
                .onMessage(Done.class, late -> Behaviors.same())
                .onMessage(Failed.class, late -> Behaviors.same())
                .build();
    }

    private Behavior<Command> round() {
        context.pipeToSelf(
                leases.run(PoolName.PLATFORM, LeaseClass.INTERACTIVE, HOLDER, HOLD, connection -> {
                    List<TaskRow> probes = Probes.start(connection);
                    IdempotencyKeys.prune(connection);
                    Steps.prune(connection);
                    KeyStarts.prune(connection);
                    Batches.prune(connection);
                    Subscriptions.prune(connection);
                    Subscriptions.alertLate(connection, outboxAge);
                    Alerts.clearOfLostNodes(connection);
                    Upkeep.pruneCancelled(connection, CANCELLED_DAYS);
                    Partitions.ensure(connection, DAYS_AHEAD);
                    LocalDate upTo = Partitions.today(connection).plusDays(Partitions.daysAhead(connection));
                    Partitions.prune(connection);
                    return new Done(probes, upTo);
                }),
                (done, failure) -> done == null ? new Failed(failure) : done);
        return Behaviors.receive(Command.class)
                .onMessageEquals(Tick.INSTANCE, Behaviors::same)
                .onMessage(Done.class, this::onDone)
                .onMessage(Failed.class, this::onFailed)
                .build();
    }

    private Behavior<Command> onDone(Done done) {
        done.probes().forEach(changed);
        madeUpTo.accept(done.madeUpTo());
        return resting();
    }

    private Behavior<Command> onFailed(Failed failed) {
        // A lock that was not granted in time, or the database away: the next round does it.
        context.getLog()
                .info(
                        "upkeep was not finished, the next round goes on: {}",
                        failed.failure().toString());
        return resting();
    }
}
