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
import dev.leasehold.store.Invariants;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * Looks now and then whether the rows are as they must be, and repairs what is not. Each repair is an event, and an alert
 * until a round finds nothing: none is expected, and a person should ask where it came from.
 *
 * <pre>
 *   resting --Tick--> repairing --Repaired--> recounting a day --Recounted--> recounting the next, resting
 *                         '--Failed-------------------'--Failed--> resting
 * </pre>
 *
 * Every node does it; a lock in the database lets one at a time.
 */
final class Doctor {

    /** What it understands: nothing from outside. */
    sealed interface Command {}

    private enum Tick implements Command {
        INSTANCE
    }

    private record Repaired(List<Invariants.Finding> repaired) implements Command {}

    private record Recounted(List<Invariants.Finding> corrected, int daysAgo, boolean clean) implements Command {}

    private record RecountFailed(Throwable failure, int daysAgo) implements Command {}

    private record Failed(Throwable failure) implements Command {}

    private static final Holder HOLDER = Holder.node("doctor");
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(60));
    private static final String SOURCE = "doctor";
    private static final String ALERT = "invariant_violated";

    private final ActorContext<Command> context;
    private final Leases leases;
    private final String node;

    static Behavior<Command> create(Leases leases, String node, Duration interval) {
        return Behaviors.setup(context ->
                Behaviors.withTimers(timers -> new Doctor(context, timers, leases, node, interval).resting()));
    }

    private Doctor(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Leases leases,
            String node,
            Duration interval) {
        context.setLoggerName(Doctor.class);
        this.context = context;
        this.leases = leases;
        this.node = node;
        timers.startTimerWithFixedDelay(Tick.INSTANCE, interval);
    }

    private Behavior<Command> resting() {
        return Behaviors.receive(Command.class)
                .onMessageEquals(Tick.INSTANCE, this::round)
                .onMessage(Repaired.class, late -> Behaviors.same())
                .onMessage(Recounted.class, late -> Behaviors.same())
                .onMessage(RecountFailed.class, late -> Behaviors.same())
                .onMessage(Failed.class, late -> Behaviors.same())
                .build();
    }

    private Behavior<Command> round() {
        context.pipeToSelf(
                leases.inTransaction(PoolName.PLATFORM, LeaseClass.INTERACTIVE, HOLDER, HOLD, connection -> {
                    List<Invariants.Finding> repaired = Invariants.repair(connection, node);
                    raise(connection, repaired);
                    return new Repaired(repaired);
                }),
                (done, failure) -> done == null ? new Failed(failure) : done);
        return busy();
    }

    /** Repairing or recounting: one of them is under way and answers. */
    private Behavior<Command> busy() {
        return Behaviors.receive(Command.class)
                .onMessageEquals(Tick.INSTANCE, Behaviors::same)
                .onMessage(Repaired.class, this::onRepaired)
                .onMessage(Recounted.class, this::onRecounted)
                .onMessage(RecountFailed.class, this::onRecountFailed)
                .onMessage(Failed.class, this::onFailed)
                .build();
    }

    // In a transaction of its own: where the history of two days is too much for the time that a lease has, the rest is
    // repaired nevertheless.
    private Behavior<Command> onRepaired(Repaired done) {
        log(done.repaired());
        return recount(Invariants.DAYS_RECOUNTED - 1, done.repaired().isEmpty());
    }

    // A day is a piece with the whole time of a lease for itself: one that takes too long keeps none from its turn.
    private Behavior<Command> recount(int daysAgo, boolean cleanSoFar) {
        context.pipeToSelf(
                leases.inTransaction(PoolName.PLATFORM, LeaseClass.INTERACTIVE, HOLDER, HOLD, connection -> {
                    List<Invariants.Finding> corrected = Invariants.recountDay(connection, node, daysAgo);
                    raise(connection, corrected);
                    boolean clean = cleanSoFar && corrected.isEmpty();
                    if (clean && daysAgo == 0) {
                        Alerts.clear(connection, SOURCE, ALERT);
                    }
                    return new Recounted(corrected, daysAgo, clean);
                }),
                (recounted, failure) -> recounted == null ? new RecountFailed(failure, daysAgo) : recounted);
        return busy();
    }

    private static void raise(Connection connection, List<Invariants.Finding> repaired) throws SQLException {
        if (!repaired.isEmpty()) {
            Alerts.raise(connection, new Alerts.Alert(SOURCE, ALERT, "warning", said(repaired), null, null, null));
        }
    }

    private static String said(List<Invariants.Finding> repaired) {
        Invariants.Finding first = repaired.get(0);
        return repaired.size() + " repaired, the first: " + first.check().label() + ", " + first.subject() + ": "
                + first.message();
    }

    private Behavior<Command> onRecounted(Recounted done) {
        log(done.corrected());
        return done.daysAgo() > 0 ? recount(done.daysAgo() - 1, done.clean()) : resting();
    }

    private Behavior<Command> onRecountFailed(RecountFailed failed) {
        context.getLog()
                .warn(
                        "the counters of {} were not recounted, the next round does it: {}",
                        failed.daysAgo() == 0 ? "today" : "yesterday",
                        failed.failure().toString());
        return failed.daysAgo() > 0 ? recount(failed.daysAgo() - 1, false) : resting();
    }

    private void log(List<Invariants.Finding> repaired) {
        repaired.forEach(finding -> context.getLog()
                .warn("repaired {} of {}: {}", finding.check().label(), finding.subject(), finding.message()));
    }

    private Behavior<Command> onFailed(Failed failed) {
        context.getLog()
                .warn(
                        "the rows were not all examined, the next round does it: {}",
                        failed.failure().toString());
        return resting();
    }
}
