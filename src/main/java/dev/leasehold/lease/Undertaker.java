package dev.leasehold.lease;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Sees connections off: closes or aborts each on a chore thread, then asks the server, over the control connection, until
 * its backend is gone, and terminates what stays too long.
 *
 * <pre>
 *   Bury --dismantle (chore thread)--> Dismantled --check--> gone: told to the guardian
 *                                                   '------> still there: check again, after a while terminate
 * </pre>
 *
 * One check at a time asks for all at once. While the server is not reached nothing is proven, so nothing is given back.
 */
final class Undertaker {

    sealed interface Command {}

    /** Answered by {@link GuardianNews.Gone} once the backend is gone; never before. */
    record Bury(Corpse corpse, ActorRef<PoolGuardian.Command> guardian) implements Command {}

    private record Dismantled(Bury bury) implements Command {}

    private record Checked(List<Bury> asked, Set<String> standing) implements Command {}

    private enum CheckFailed implements Command {
        INSTANCE
    }

    private enum Check implements Command {
        INSTANCE
    }

    private static final Duration CHECK_LIMIT = Duration.ofSeconds(2);
    private static final Duration AFTER_FAILURE = Duration.ofMillis(200);

    // A pid is used again; with the backend's start it is not.
    private static final String STANDING = """
            SELECT wanted.pid::text || ' ' || wanted.started_at
            FROM unnest(?::int[], ?::text[]) AS wanted (pid, started_at)
            JOIN pg_stat_activity AS backend ON backend.pid = wanted.pid
                AND backend.backend_start::text = wanted.started_at
            """;

    private static final String TERMINATE = """
            SELECT pg_terminate_backend(backend.pid)
            FROM unnest(?::int[], ?::text[]) AS wanted (pid, started_at)
            JOIN pg_stat_activity AS backend ON backend.pid = wanted.pid
                AND backend.backend_start::text = wanted.started_at
            """;

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final PoolEstate estate;
    private final Dismantling dismantling;
    private final List<Bury> unverified = new ArrayList<>();
    private boolean checking;

    static Behavior<Command> create(PoolEstate estate) {
        return Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new Undertaker(context, timers, estate).running()));
    }

    private Undertaker(ActorContext<Command> context, TimerScheduler<Command> timers, PoolEstate estate) {
        context.setLoggerName(Undertaker.class);
        this.context = context;
        this.timers = timers;
        this.estate = estate;
        this.dismantling = new Dismantling(estate);
    }

    private Behavior<Command> running() {
        return Behaviors.receive(Command.class)
                .onMessage(Bury.class, this::onBury)
                .onMessage(Dismantled.class, this::onDismantled)
                .onMessageEquals(Check.INSTANCE, this::check)
                .onMessage(Checked.class, this::onChecked)
                .onMessageEquals(CheckFailed.INSTANCE, () -> checkAfter(AFTER_FAILURE))
                .build();
    }

    private Behavior<Command> onBury(Bury bury) {
        context.pipeToSelf(
                CompletableFuture.runAsync(() -> dismantling.run(bury.corpse()), estate.chores()),
                (nothing, failure) -> new Dismantled(bury)); // what closing could not do, terminating will
        return Behaviors.same();
    }

    private Behavior<Command> onDismantled(Dismantled dismantled) {
        unverified.add(dismantled.bury());
        return checking ? Behaviors.same() : check();
    }

    private Behavior<Command> check() {
        if (unverified.isEmpty()) {
            checking = false;
            return Behaviors.same();
        }
        checking = true;
        List<Bury> asked = List.copyOf(unverified);
        List<ServerConnection> overdue = overdue(asked);
        context.pipeToSelf(
                estate.control().execute(CHECK_LIMIT, connection -> standing(connection, asked, overdue)),
                (standing, failure) -> standing == null ? CheckFailed.INSTANCE : new Checked(asked, standing));
        return Behaviors.same();
    }

    private List<ServerConnection> overdue(List<Bury> asked) {
        long now = estate.ticker().nanos();
        List<ServerConnection> overdue = new ArrayList<>();
        for (Bury each : asked) {
            Corpse corpse = each.corpse();
            boolean late =
                    now - corpse.since() - estate.lease().terminateAfter().toNanos() >= 0;
            ServerConnection connection = corpse.connection();
            if (late && connection != null) {
                if (!corpse.isTerminated()) {
                    corpse.setTerminated();
                    estate.metrics().terminated();
                }
                overdue.add(connection);
            }
        }
        return overdue;
    }

    private static Set<String> standing(Connection control, List<Bury> asked, List<ServerConnection> overdue)
            throws SQLException {
        if (!overdue.isEmpty()) {
            query(control, TERMINATE, overdue);
        }
        List<ServerConnection> all = new ArrayList<>();
        for (Bury each : asked) {
            ServerConnection connection = each.corpse().connection();
            if (connection != null) {
                all.add(connection);
            }
        }
        return query(control, STANDING, all);
    }

    private static Set<String> query(Connection control, String sql, List<ServerConnection> connections)
            throws SQLException {
        Array pids = control.createArrayOf(
                "int4", connections.stream().map(ServerConnection::pid).toArray());
        Array starts = control.createArrayOf(
                "text", connections.stream().map(ServerConnection::startedAt).toArray());
        try (PreparedStatement statement = control.prepareStatement(sql)) {
            statement.setArray(1, pids);
            statement.setArray(2, starts);
            Set<String> found = new HashSet<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    found.add(rows.getString(1));
                }
            }
            return found;
        }
    }

    private Behavior<Command> onChecked(Checked checked) {
        for (Bury each : checked.asked()) {
            ServerConnection connection = each.corpse().connection();
            if (connection == null || !checked.standing().contains(connection.pid() + " " + connection.startedAt())) {
                unverified.remove(each);
                gone(each);
            }
        }
        if (unverified.isEmpty()) {
            checking = false;
            return Behaviors.same();
        }
        return checkAfter(pause());
    }

    private void gone(Bury bury) {
        Corpse corpse = bury.corpse();
        long now = estate.ticker().nanos();
        corpse.setGone();
        bury.guardian().tell(new GuardianNews.Gone(corpse));
        RevokedLease record = corpse.record(estate.pool().name(), now);
        Lease lease = corpse.lease();
        if (record == null || lease == null) {
            return;
        }
        if (lease.isHeldByThread()) {
            estate.addZombie(lease);
        }
        estate.metrics().reclaimed(now - corpse.since(), corpse.means());
        context.getLog().warn("{}", record.told());
        lease.request().replyTo().tell(new LeaseEvent.LeaseEnded(lease.id()));
        try {
            estate.revokedListener().accept(record);
        } catch (RuntimeException e) {
            context.getLog().error("record of lease {} was not taken", record.leaseId(), e);
        }
    }

    private Behavior<Command> checkAfter(Duration pause) {
        timers.startSingleTimer(Check.INSTANCE, pause);
        return Behaviors.same();
    }

    /** Backends usually end within a millisecond or two; those that do not are asked about less and less often. */
    private Duration pause() {
        long now = estate.ticker().nanos();
        long youngest = Long.MAX_VALUE;
        for (Bury each : unverified) {
            youngest = Math.min(youngest, now - each.corpse().since());
        }
        long millis = Duration.ofNanos(youngest).toMillis() / 10;
        return Duration.ofMillis(Math.max(2, Math.min(500, millis)));
    }
}
