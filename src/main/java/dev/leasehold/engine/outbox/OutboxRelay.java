package dev.leasehold.engine.outbox;

import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.Ticker;
import dev.leasehold.store.Alerts;
import dev.leasehold.store.Outbox;
import dev.leasehold.task.EventSubscriber;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Delivers the events of one subscription: reads what is there of the lanes that this node owns, hands it to the subscriber,
 * removes what it has taken.
 *
 * <pre>
 *   resting --Look, Emitted--> reading --Batch--> delivering --Delivered--> writing --Written--> reading, while there is more
 *      ^                          '--empty, Failed--> resting                           '--Failed--> resting
 * </pre>
 *
 * At most one batch is under way, and no connection is held while the subscriber works. What is taken and not yet removed
 * when the node dies is delivered again. A delivery that takes too long is interrupted, which counts as failed; an alert tells
 * of it at once, since a subscriber that ignores the interrupt keeps its subscription waiting. An event told of in between is found by the read that follows.
 */
public final class OutboxRelay {

    /** What it understands. */
    public sealed interface Command {}

    /** Events were committed on this node. Lost, it costs a look. */
    public enum Emitted implements Command {
        INSTANCE
    }

    private enum Look implements Command {
        INSTANCE
    }

    private record Batch(List<Outbox.Event> events) implements Command {}

    private record Delivered(Deliveries.Outcome outcome, boolean full) implements Command {}

    private record Written(boolean more, Deliveries.Outcome outcome) implements Command {}

    private enum Told implements Command {
        INSTANCE
    }

    private enum LookAtAll implements Command {
        INSTANCE
    }

    private record Failed(Throwable failure) implements Command {}

    private static final String HANGS = "hangs";
    private static final int BATCH_MAX = 200;

    /** Between two looks at all that waits, that before the position too. */
    private static final Duration FULL_LOOK = Duration.ofSeconds(10);

    private static final Holder HOLDER = Holder.node("outbox");
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(30));

    private final ActorContext<Command> context;
    private final Leases leases;
    private final String node;
    private final EventSubscriber subscriber;
    private final OutboxSettings settings;
    private final Deliveries deliveries;
    private final ExecutorService thread;
    private final OutboxPosition position = new OutboxPosition();
    private boolean told;
    private boolean alerted = true; // perhaps, by an earlier start

    /**
     * A relay that starts to deliver at once.
     *
     * @param node this node's incarnation
     */
    public static Behavior<Command> create(
            Leases leases, String node, EventSubscriber subscriber, OutboxSettings settings, Ticker ticker) {
        return Behaviors.setup(context -> Behaviors.withTimers(
                timers -> new OutboxRelay(context, timers, leases, node, subscriber, settings, ticker).resting()));
    }

    private OutboxRelay(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Leases leases,
            String node,
            EventSubscriber subscriber,
            OutboxSettings settings,
            Ticker ticker) {
        context.setLoggerName(OutboxRelay.class);
        this.context = context;
        this.leases = leases;
        this.node = node;
        this.subscriber = subscriber;
        this.settings = settings;
        this.deliveries = new Deliveries(subscriber, ticker);
        this.thread = Executors.newSingleThreadExecutor(work -> {
            Thread own = new Thread(work, "leasehold-outbox-" + subscriber.name());
            own.setDaemon(true); // a subscriber that never returns must not hold up the stop
            return own;
        });
        timers.startTimerWithFixedDelay(Look.INSTANCE, settings.look());
        timers.startTimerWithFixedDelay(LookAtAll.INSTANCE, FULL_LOOK);
    }

    private Behavior<Command> resting() {
        return Behaviors.receive(Command.class)
                .onMessageEquals(Look.INSTANCE, this::read)
                .onMessageEquals(Emitted.INSTANCE, this::read)
                .onMessage(Batch.class, late -> Behaviors.same())
                .onMessage(Delivered.class, late -> Behaviors.same())
                .onMessage(Written.class, late -> Behaviors.same())
                .onMessage(Failed.class, late -> Behaviors.same())
                .onMessageEquals(Told.INSTANCE, Behaviors::same)
                .onMessageEquals(LookAtAll.INSTANCE, this::lookAtAll)
                .onSignal(PostStop.class, stop -> end())
                .build();
    }

    private Behavior<Command> lookAtAll() {
        position.reset();
        return Behaviors.same();
    }

    private Behavior<Command> read() {
        told = false;
        long after = position.after();
        context.pipeToSelf(
                leases.run(
                        PoolName.PLATFORM,
                        LeaseClass.INTERACTIVE,
                        HOLDER,
                        HOLD,
                        connection -> new Batch(Outbox.next(connection, node, subscriber.name(), after, BATCH_MAX))),
                (batch, failure) -> batch == null ? new Failed(failure) : batch);
        return busy();
    }

    /** Reading, delivering or writing: one of them is under way and answers. */
    private Behavior<Command> busy() {
        return Behaviors.receive(Command.class)
                .onMessageEquals(Look.INSTANCE, this::watch)
                .onMessageEquals(LookAtAll.INSTANCE, this::lookAtAll)
                .onMessageEquals(Told.INSTANCE, Behaviors::same)
                .onMessageEquals(Emitted.INSTANCE, () -> {
                    told = true; // the read under way may not see it
                    return Behaviors.same();
                })
                .onMessage(Batch.class, this::onBatch)
                .onMessage(Delivered.class, this::onDelivered)
                .onMessage(Written.class, this::onWritten)
                .onMessage(Failed.class, this::onFailed)
                .onSignal(PostStop.class, stop -> end())
                .build();
    }

    private Behavior<Command> watch() {
        deliveries.cutOverdue(settings.deliveryLimit()).ifPresent(this::tellOf);
        return Behaviors.same();
    }

    private void tellOf(Outbox.Event event) {
        alerted = true;
        String message = "event " + event.name() + " of task " + event.taskId() + " was not taken by "
                + subscriber.name() + " within " + settings.deliveryLimit()
                + ": interrupted; this node delivers no further ones to it until it returns";
        context.getLog().warn("{}", message);
        Alerts.Alert alert =
                new Alerts.Alert(source(), HANGS, "error", message, event.taskId(), event.type(), event.tenant());
        context.pipeToSelf(
                leases.inTransaction(PoolName.PLATFORM, LeaseClass.INTERACTIVE, HOLDER, HOLD, connection -> {
                    Alerts.raise(connection, alert);
                    return Told.INSTANCE;
                }),
                (done, failure) -> Told.INSTANCE);
    }

    private Behavior<Command> onBatch(Batch batch) {
        List<Outbox.Event> events = batch.events();
        if (events.isEmpty()) {
            return told ? read() : resting();
        }
        context.pipeToSelf(
                CompletableFuture.supplyAsync(() -> deliveries.deliver(events), thread),
                (outcome, failure) -> outcome == null
                        ? new Failed(failure)
                        : new Delivered(outcome, outcome.taken().size() < events.size() || events.size() == BATCH_MAX));
        return Behaviors.same();
    }

    private Behavior<Command> onDelivered(Delivered delivered) {
        Deliveries.Outcome outcome = delivered.outcome();
        // Where nothing was taken there is nothing to hurry for: what failed has its wait.
        boolean more = delivered.full() && !outcome.taken().isEmpty();
        for (Deliveries.Failure each : outcome.failures()) {
            context.getLog()
                    .warn(
                            "event {} was not taken by {} ({} tries): {}",
                            each.event().id(),
                            subscriber.name(),
                            each.event().tries() + 1,
                            each.error());
        }
        boolean over = alerted && !outcome.cut() && !outcome.taken().isEmpty();
        alerted = alerted && !over;
        context.pipeToSelf(
                leases.inTransaction(PoolName.PLATFORM, LeaseClass.INTERACTIVE, HOLDER, HOLD, connection -> {
                    write(connection, outcome);
                    if (over) {
                        Alerts.clear(connection, source(), HANGS);
                    }
                    return new Written(more, outcome);
                }),
                (written, failure) -> written == null ? new Failed(failure) : written);
        return Behaviors.same();
    }

    private Behavior<Command> onWritten(Written written) {
        List<Deliveries.Failure> failures = written.outcome().failures();
        position.delivered(
                written.outcome().taken(),
                failures.stream().map(failure -> failure.event().id()).toList());
        return written.more() || told ? read() : resting();
    }

    private void write(Connection connection, Deliveries.Outcome outcome) throws SQLException {
        if (!outcome.taken().isEmpty()) {
            Outbox.delivered(connection, subscriber.name(), outcome.taken());
        }
        for (Deliveries.Failure each : outcome.failures()) {
            int failures = each.event().tries() + 1;
            boolean giveUp = failures >= settings.tries();
            @Nullable Duration wait = giveUp ? null : settings.waitAfter(failures - 1);
            Outbox.failed(connection, each.event().id(), wait, each.error());
            if (giveUp) {
                Alerts.raise(connection, alert(each, failures));
            }
        }
    }

    private String source() {
        return "outbox/" + subscriber.name();
    }

    private Alerts.Alert alert(Deliveries.Failure failure, int failures) {
        Outbox.Event event = failure.event();
        return new Alerts.Alert(
                source(),
                "given_up",
                "error",
                "event " + event.name() + " of task " + event.taskId() + " was not taken by " + subscriber.name()
                        + " in " + failures + " tries: " + failure.error(),
                event.taskId(),
                event.type(),
                event.tenant());
    }

    private Behavior<Command> onFailed(Failed failed) {
        // The database away or the node stopping: the next look tries again, and delivers again what was not removed.
        context.getLog().debug("outbox of {} waits", subscriber.name(), failed.failure());
        return resting();
    }

    private Behavior<Command> end() {
        thread.shutdownNow();
        return Behaviors.same();
    }
}
