package dev.leasehold.engine.upkeep;

import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.store.Events;
import dev.leasehold.store.IdempotencyKeys;
import dev.leasehold.store.Partitions;
import dev.leasehold.store.Upkeep;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * Keeps the tables in order: partitions a week ahead, old days dropped, old idempotency keys and cancelled tasks removed, and
 * tasks that the failure rules stopped tried once when their cool-off is over.
 *
 * <pre>
 *   waiting --Look--> working --Done | Failed--> waiting   (the next look is the retry)
 * </pre>
 *
 * At most one round is under way; rounds of several nodes do not disturb each other.
 */
public final class Janitor {

    sealed interface Command {}

    private enum Look implements Command {
        INSTANCE
    }

    private record Done(Round round) implements Command {}

    private record Failed(Throwable cause) implements Command {}

    /**
     * What a round did.
     *
     * @param lanes of tasks that were set going again, for their owners to look
     */
    private record Round(List<String> dropped, int keys, int cancelled, List<Integer> lanes) {}

    /** Days for which partitions are made ahead. */
    public static final int DAYS_AHEAD = 7;

    private static final Duration INTERVAL = Duration.ofMinutes(1);
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(30));
    private static final Holder HOLDER = Holder.node("janitor");

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final Leases leases;
    private final String node;
    private final Consumer<Integer> wakeLane;

    /**
     * The behaviour of a janitor that looks at once and then each minute.
     *
     * @param node this node's incarnation
     * @param wakeLane called with the number of each lane in which a task has become due
     */
    public static Behavior<?> create(Leases leases, String node, Consumer<Integer> wakeLane) {
        return Behaviors.<Command>setup(context ->
                Behaviors.withTimers(timers -> new Janitor(context, timers, leases, node, wakeLane).start()));
    }

    private Janitor(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Leases leases,
            String node,
            Consumer<Integer> wakeLane) {
        context.setLoggerName(Janitor.class);
        this.context = context;
        this.timers = timers;
        this.leases = leases;
        this.node = node;
        this.wakeLane = wakeLane;
    }

    private Behavior<Command> start() {
        timers.startTimerWithFixedDelay(Look.INSTANCE, Duration.ZERO, INTERVAL);
        return waiting();
    }

    private Behavior<Command> waiting() {
        return Behaviors.receive(Command.class)
                .onMessageEquals(Look.INSTANCE, this::look)
                .onMessage(Done.class, done -> Behaviors.same())
                .onMessage(Failed.class, failed -> Behaviors.same())
                .build();
    }

    private Behavior<Command> look() {
        context.pipeToSelf(
                leases.run(PoolName.PLATFORM, LeaseClass.CONTROL, HOLDER, HOLD, this::round),
                (round, failure) -> failure == null ? new Done(round) : new Failed(failure));
        return working();
    }

    private Behavior<Command> working() {
        return Behaviors.receive(Command.class)
                .onMessageEquals(Look.INSTANCE, Behaviors::same)
                .onMessage(Done.class, this::onDone)
                .onMessage(Failed.class, this::onFailed)
                .build();
    }

    private Behavior<Command> onDone(Done done) {
        Round round = done.round();
        round.lanes().forEach(wakeLane);
        if (!round.dropped().isEmpty()) {
            context.getLog().info("dropped {}", round.dropped());
        }
        context.getLog().debug("removed {} idempotency keys, {} cancelled tasks", round.keys(), round.cancelled());
        return waiting();
    }

    private Behavior<Command> onFailed(Failed failed) {
        context.getLog().warn("upkeep failed, trying again in {}", INTERVAL, failed.cause());
        return waiting();
    }

    /** Partitions first: without tomorrow's, results could not be written. */
    private Round round(Connection connection) throws SQLException {
        Partitions.ensure(connection, DAYS_AHEAD);
        List<String> dropped = Partitions.prune(connection);
        if (!dropped.isEmpty()) {
            Events.insert(
                    connection, List.of(Events.Event.node("partitions_dropped", node, String.join(", ", dropped))));
        }
        int keys = IdempotencyKeys.prune(connection);
        int cancelled = Upkeep.pruneCancelled(connection, Partitions.Table.RUN.keepDays());
        List<Integer> lanes = Upkeep.probe(connection);
        return new Round(dropped, keys, cancelled, lanes);
    }
}
