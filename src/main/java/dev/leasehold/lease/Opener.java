package dev.leasehold.lease;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Opens the connections of a pool, one at a time, so that a returning server is not run over.
 *
 * <pre>
 *   idle --Open--> connecting --Tried--> idle, or connecting for the next order
 *                      '-------failed--> waiting --Again--> connecting
 * </pre>
 *
 * It goes on with an order until it succeeds or its guardian is no more: waits grow exponentially with jitter, each kind of
 * failure in its own way. While the control connection is down it does not try: that one is the probe.
 */
final class Opener {

    sealed interface Command {}

    /** A connection for a slot of the guardian that lives in this epoch. */
    record Order(int epoch, int slot) {}

    /** Answered by {@link GuardianNews.Opened} or {@link GuardianNews.OpenGivenUp}, once. */
    record Open(Order order, ActorRef<PoolGuardian.Command> replyTo) implements Command {}

    /** The pool closes: orders are given up, later ones at once. */
    enum Stop implements Command {
        INSTANCE
    }

    /** From the control connection: the server answers. */
    enum ServerUp implements Command {
        INSTANCE
    }

    private enum Again implements Command {
        INSTANCE
    }

    private record Tried(
            @Nullable ServerConnection connection, @Nullable SQLException failure) implements Command {}

    private static final Duration BUDGET_WAIT_MIN = Duration.ofMillis(50);
    private static final Duration BUDGET_WAIT_MAX = Duration.ofSeconds(2);
    private static final Duration DOWN_WAIT_MIN = Duration.ofMillis(100);
    private static final Duration DOWN_WAIT_MAX = Duration.ofSeconds(5);
    private static final Duration CONFIGURATION_WAIT = Duration.ofSeconds(10);

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final PoolEstate estate;
    private final Deque<Open> orders = new ArrayDeque<>();
    private int failures;
    private String lastState = "";

    static Behavior<Command> create(PoolEstate estate) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> new Opener(context, timers, estate).idle()));
    }

    private Opener(ActorContext<Command> context, TimerScheduler<Command> timers, PoolEstate estate) {
        context.setLoggerName(Opener.class);
        this.context = context;
        this.timers = timers;
        this.estate = estate;
    }

    private Behavior<Command> idle() {
        return Behaviors.receive(Command.class)
                .onMessage(Open.class, open -> {
                    orders.add(open);
                    return next();
                })
                .onMessageEquals(Stop.INSTANCE, this::stop)
                .onMessageEquals(ServerUp.INSTANCE, Behaviors::same)
                .onMessageEquals(Again.INSTANCE, Behaviors::same)
                .onMessage(Tried.class, tried -> Behaviors.unhandled())
                .build();
    }

    private Behavior<Command> connecting(Open current) {
        return Behaviors.receive(Command.class)
                .onMessage(Open.class, open -> {
                    orders.add(open);
                    return Behaviors.same();
                })
                .onMessage(Tried.class, tried -> onTried(current, tried))
                .onMessageEquals(Stop.INSTANCE, () -> {
                    giveUpOrders();
                    return stopping(current);
                })
                .onMessageEquals(ServerUp.INSTANCE, Behaviors::same)
                .onMessageEquals(Again.INSTANCE, Behaviors::same)
                .build();
    }

    /** The last order stays first in line until it is time to try again. */
    private Behavior<Command> waiting() {
        return Behaviors.receive(Command.class)
                .onMessage(Open.class, open -> {
                    orders.add(open);
                    return Behaviors.same();
                })
                .onMessageEquals(Again.INSTANCE, this::next)
                .onMessageEquals(ServerUp.INSTANCE, () -> {
                    timers.startSingleTimer(Again.INSTANCE, jitter(DOWN_WAIT_MIN));
                    return Behaviors.same();
                })
                .onMessageEquals(Stop.INSTANCE, this::stop)
                .onMessage(Tried.class, tried -> Behaviors.unhandled())
                .build();
    }

    private Behavior<Command> stopping(Open current) {
        return Behaviors.receive(Command.class)
                .onMessage(Open.class, this::giveUp)
                .onMessage(Tried.class, tried -> {
                    if (tried.connection() == null) {
                        giveUp(current);
                    } else {
                        current.replyTo().tell(new GuardianNews.Opened(current.order(), tried.connection()));
                    }
                    return stopped();
                })
                .onMessageEquals(Stop.INSTANCE, Behaviors::same)
                .onMessageEquals(ServerUp.INSTANCE, Behaviors::same)
                .onMessageEquals(Again.INSTANCE, Behaviors::same)
                .build();
    }

    private Behavior<Command> stopped() {
        return Behaviors.receive(Command.class)
                .onMessage(Open.class, this::giveUp)
                .onMessageEquals(Stop.INSTANCE, Behaviors::same)
                .onMessageEquals(ServerUp.INSTANCE, Behaviors::same)
                .onMessageEquals(Again.INSTANCE, Behaviors::same)
                .onMessage(Tried.class, tried -> Behaviors.unhandled())
                .build();
    }

    private Behavior<Command> stop() {
        timers.cancelAll();
        giveUpOrders();
        return stopped();
    }

    private void giveUpOrders() {
        orders.forEach(this::giveUp);
        orders.clear();
    }

    private Behavior<Command> giveUp(Open open) {
        open.replyTo().tell(new GuardianNews.OpenGivenUp(open.order()));
        return Behaviors.same();
    }

    private Behavior<Command> next() {
        Open current = orders.poll();
        while (current != null && current.order().epoch() != estate.epoch().current()) {
            giveUp(current);
            current = orders.poll();
        }
        if (current == null) {
            return idle();
        }
        ServerFacts facts = estate.control().facts();
        if (facts == null && estate.control().lastFailure() == null) {
            orders.addFirst(current); // it is being made; the first answer of the server wakes us
            timers.startSingleTimer(Again.INSTANCE, DOWN_WAIT_MAX);
            return waiting();
        }
        if (facts == null) {
            return retryLater(current, new SQLException("the control connection is down", "08001"));
        }
        Order order = current.order();
        estate.connectingFor(order);
        context.pipeToSelf(
                CompletableFuture.supplyAsync(() -> tryOnce(facts), estate.chores()),
                (tried, failure) -> tried == null ? failedToTry(failure) : tried);
        return connecting(current);
    }

    private Tried failedToTry(@Nullable Throwable failure) {
        estate.connected(null);
        return new Tried(null, new SQLException("cannot connect", "08001", failure));
    }

    private Tried tryOnce(ServerFacts facts) {
        long since = estate.ticker().nanos();
        try {
            ServerConnection connection = estate.source().open(facts);
            estate.connected(connection);
            estate.metrics().opened(estate.ticker().nanos() - since);
            return new Tried(connection, null);
        } catch (SQLException e) {
            estate.connected(null);
            return new Tried(null, e);
        }
    }

    private Behavior<Command> onTried(Open current, Tried tried) {
        SQLException failure = tried.failure();
        if (tried.connection() != null) {
            failures = 0;
            lastState = "";
            current.replyTo().tell(new GuardianNews.Opened(current.order(), tried.connection()));
            return next();
        }
        return retryLater(current, failure == null ? new SQLException("no connection and no reason") : failure);
    }

    private Behavior<Command> retryLater(Open current, SQLException failure) {
        orders.addFirst(current);
        String state = SqlStates.of(failure);
        estate.metrics().openFailed(state);
        Duration wait;
        if (state.startsWith("53")) {
            // Somebody is late in shrinking: the waiters keep their place, and nobody is told that the server is down.
            wait = backoff(BUDGET_WAIT_MIN, BUDGET_WAIT_MAX);
        } else {
            boolean forGood = SqlStates.configuration(state);
            wait = forGood ? CONFIGURATION_WAIT : backoff(DOWN_WAIT_MIN, DOWN_WAIT_MAX);
            current.replyTo().tell(new GuardianNews.OpenFails(forGood));
        }
        failures++;
        report(state, failure, wait);
        timers.startSingleTimer(Again.INSTANCE, wait);
        return waiting();
    }

    /** Once a kind of failure; a person must act on a wrong configuration. */
    private void report(String state, SQLException failure, Duration wait) {
        if (state.equals(lastState)) {
            return;
        }
        lastState = state;
        String pool = estate.pool().name().label();
        if (SqlStates.configuration(state)) {
            context.getLog().error("pool {} cannot connect: {}", pool, failure.getMessage());
        } else if (state.startsWith("53")) {
            context.getLog()
                    .warn("pool {} is refused a connection, the budget is full: {}", pool, failure.getMessage());
        } else {
            context.getLog().warn("pool {} cannot connect, next try in {}: {}", pool, wait, failure.getMessage());
        }
    }

    private Duration backoff(Duration least, Duration most) {
        long millis = least.toMillis() << Math.min(failures, 10);
        return jitter(Duration.ofMillis(Math.min(millis, most.toMillis())));
    }

    /** Half of the wait up to all of it. */
    static Duration jitter(Duration wait) {
        long half = wait.toMillis() / 2;
        return Duration.ofMillis(half + ThreadLocalRandom.current().nextLong(half + 1));
    }
}
