package dev.leasehold.engine;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.leasehold.engine.cycle.CheckCycle;
import dev.leasehold.engine.lane.LaneRules;
import dev.leasehold.engine.limit.LimitKey;
import dev.leasehold.lease.ControlConnection;
import dev.leasehold.store.KeyRates;
import dev.leasehold.store.Queues;
import dev.leasehold.store.RunLimits;
import dev.leasehold.store.TenantWeights;
import dev.leasehold.store.TypeRests;
import dev.leasehold.task.StartRate;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells the check cycle what people have laid down, and which types rest: before its first read, at once when the database says that it was changed,
 * and from time to time, since a notification can be lost with its connection.
 *
 * <pre>
 *   resting --Look, Changed--> reading --Read--> resting   (Changed meanwhile: reading again)
 *                                 '--Failed--> resting
 * </pre>
 */
final class RuleWatch {

    /** What it understands: nothing from outside. */
    sealed interface Command {}

    private enum Look implements Command {
        INSTANCE
    }

    private enum Changed implements Command {
        INSTANCE
    }

    private record Read(LaneRules rules, List<TypeRests.Rest> rests) implements Command {}

    private record Failed(Throwable failure) implements Command {}

    private static final String REST_OVER = "rest-over";
    private static final Duration FIRST_TRIES = Duration.ofMillis(200);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(5);
    private static final Duration LIMIT = Duration.ofSeconds(3);

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final ControlConnection control;
    private final Map<String, StartRate> keyRates;
    private final Consumer<List<TypeRests.Rest>> rests;
    private final ActorRef<CheckCycle.Command> cycle;
    private @Nullable LaneRules known;
    private boolean again;

    /**
     * @param keyRates that types bring; one that somebody has set takes its place
     * @param rests is told before the cycle is, so that nothing of a type that rests starts first
     */
    static Behavior<Command> create(
            ControlConnection control,
            Map<String, StartRate> keyRates,
            Consumer<List<TypeRests.Rest>> rests,
            ActorRef<CheckCycle.Command> cycle) {
        return Behaviors.setup(context ->
                Behaviors.withTimers(timers -> new RuleWatch(context, timers, control, keyRates, rests, cycle).look()));
    }

    private RuleWatch(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            ControlConnection control,
            Map<String, StartRate> keyRates,
            Consumer<List<TypeRests.Rest>> rests,
            ActorRef<CheckCycle.Command> cycle) {
        context.setLoggerName(RuleWatch.class);
        this.context = context;
        this.timers = timers;
        this.control = control;
        this.keyRates = keyRates;
        this.rests = rests;
        this.cycle = cycle;
        ActorRef<Command> self = context.getSelf();
        control.listen(Queues.CHANNEL, payload -> self.tell(Changed.INSTANCE));
        timers.startTimerWithFixedDelay(Look.INSTANCE, FIRST_TRIES);
    }

    private Behavior<Command> resting() {
        return Behaviors.receive(Command.class)
                .onMessageEquals(Look.INSTANCE, this::look)
                .onMessageEquals(Changed.INSTANCE, this::look)
                .onMessage(Read.class, late -> Behaviors.same())
                .onMessage(Failed.class, late -> Behaviors.same())
                .build();
    }

    private Behavior<Command> look() {
        again = false;
        context.pipeToSelf(
                control.execute(LIMIT, this::read), (read, failure) -> read == null ? new Failed(failure) : read);
        return Behaviors.receive(Command.class)
                .onMessageEquals(Look.INSTANCE, Behaviors::same)
                .onMessageEquals(Changed.INSTANCE, () -> {
                    again = true; // the look under way may have seen it as it was before
                    return Behaviors.same();
                })
                .onMessage(Read.class, this::onRead)
                .onMessage(Failed.class, this::onFailed)
                .build();
    }

    private Read read(Connection connection) throws SQLException {
        Map<LimitKey, Integer> limits = new HashMap<>();
        for (RunLimits.Limit each : RunLimits.list(connection)) {
            LimitKey.Kind.of(each.kind())
                    .ifPresent(kind -> limits.put(new LimitKey(kind, each.name()), each.maxRunning()));
        }
        Map<String, StartRate> rates = new HashMap<>(keyRates);
        KeyRates.list(connection).forEach(each -> rates.put(each.type(), each.rate()));
        return new Read(
                new LaneRules(Queues.paused(connection), limits, rates, TenantWeights.byTenant(connection)),
                TypeRests.list(connection));
    }

    private Behavior<Command> onRead(Read read) {
        if (known == null) {
            timers.startTimerWithFixedDelay(Look.INSTANCE, LOOK_EVERY);
        }
        rests.accept(read.rests());
        // Nobody says so when a rest is over.
        read.rests().stream()
                .filter(TypeRests.Rest::isResting)
                .map(TypeRests.Rest::left)
                .min(Comparator.naturalOrder())
                .ifPresent(left -> timers.startSingleTimer(REST_OVER, Look.INSTANCE, left.plusMillis(1)));
        if (!read.rules().equals(known)) {
            known = read.rules();
            cycle.tell(new CheckCycle.Ruled(read.rules()));
        }
        return again ? look() : resting();
    }

    private Behavior<Command> onFailed(Failed failed) {
        context.getLog().debug("rules not read", failed.failure());
        return resting();
    }
}
