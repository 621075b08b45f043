package dev.leasehold.engine;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.leasehold.lease.ControlConnection;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.store.Alerts;
import dev.leasehold.store.Dependencies;
import dev.leasehold.store.Tasks;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.function.Consumer;

/**
 * Sets tasks going whose needs have all succeeded, outside the transactions in which these ended: a task with ten thousand
 * dependents ends as quickly as any other.
 *
 * <pre>
 *   resting --Look, Ended--> working --Done--> working, while there is more (or Ended came meanwhile)
 *                               '--Done, Failed--> resting
 * </pre>
 *
 * What has ended stands in a table until it is worked off, so whatever is lost here is found by the next look, by any node.
 */
final class Unblocker {

    /** What it understands. */
    sealed interface Command {}

    /** Tasks have ended for which others wait. */
    enum Ended implements Command {
        INSTANCE
    }

    private enum Look implements Command {
        INSTANCE
    }

    private record Done(Dependencies.Freed freed) implements Command {}

    private record Failed(Throwable failure) implements Command {}

    private static final String CHANNEL = "leasehold_ends";
    private static final Duration LOOK_EVERY = Duration.ofSeconds(5);

    /** Every so many looks all ends are looked at, those before the position too. */
    private static final int FULL_LOOK_EVERY = 4;

    /** Ids are drawn before their transactions commit: so many before the last one are looked at each time. */
    private static final long OUT_OF_ORDER = 1_000;

    private static final Holder HOLDER = Holder.node("unblocker");
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(30));

    private final ActorContext<Command> context;
    private final Leases leases;
    private final Consumer<Collection<Tasks.Created>> freed;
    private boolean again;
    private long position;
    private int looks;

    /** @param freed is told the tasks that were set going, after COMMIT */
    static Behavior<Command> create(
            Leases leases, ControlConnection control, Consumer<Collection<Tasks.Created>> freed) {
        return Behaviors.setup(context ->
                Behaviors.withTimers(timers -> new Unblocker(context, timers, leases, control, freed).resting()));
    }

    private Unblocker(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Leases leases,
            ControlConnection control,
            Consumer<Collection<Tasks.Created>> freed) {
        context.setLoggerName(Unblocker.class);
        this.context = context;
        this.leases = leases;
        this.freed = freed;
        ActorRef<Command> self = context.getSelf();
        control.listen(CHANNEL, payload -> self.tell(Ended.INSTANCE));
        timers.startTimerWithFixedDelay(Look.INSTANCE, LOOK_EVERY);
    }

    private Behavior<Command> resting() {
        return Behaviors.receive(Command.class)
                .onMessageEquals(Look.INSTANCE, this::look)
                .onMessageEquals(Ended.INSTANCE, this::work)
                .onMessage(Done.class, late -> Behaviors.same())
                .onMessage(Failed.class, late -> Behaviors.same())
                .build();
    }

    private Behavior<Command> look() {
        if (++looks % FULL_LOOK_EVERY == 0) {
            position = 0;
        }
        return work();
    }

    private Behavior<Command> work() {
        again = false;
        long after = Math.max(0, position - OUT_OF_ORDER);
        context.pipeToSelf(
                leases.inTransaction(
                        PoolName.PLATFORM,
                        LeaseClass.INTERACTIVE,
                        HOLDER,
                        HOLD,
                        connection -> workOff(connection, after)),
                (done, failure) -> done == null ? new Failed(failure) : new Done(done));
        return Behaviors.receive(Command.class)
                .onMessageEquals(Look.INSTANCE, Behaviors::same)
                .onMessageEquals(Ended.INSTANCE, () -> {
                    again = true; // the work under way may not have seen it
                    return Behaviors.same();
                })
                .onMessage(Done.class, this::onDone)
                .onMessage(Failed.class, this::onFailed)
                .build();
    }

    private static Dependencies.Freed workOff(Connection connection, long after) throws SQLException {
        Dependencies.Freed done = Dependencies.workOff(connection, after);
        for (Dependencies.Stopped each : done.stopped()) {
            Alerts.raise(
                    connection,
                    new Alerts.Alert(
                            "task/" + each.id(),
                            "needs_intervention",
                            "error",
                            "task " + each.id() + " of type " + each.type()
                                    + " was stopped: a task that it waits for was cancelled",
                            each.id(),
                            each.type(),
                            each.tenant()));
        }
        return done;
    }

    private Behavior<Command> onDone(Done done) {
        position = Math.max(position, done.freed().position());
        if (!done.freed().freed().isEmpty()) {
            freed.accept(done.freed().freed());
        }
        return done.freed().more() || again ? work() : resting();
    }

    private Behavior<Command> onFailed(Failed failed) {
        // The database away or the pool exhausted: the next look does it.
        context.getLog().debug("ends not worked off", failed.failure());
        return resting();
    }
}
