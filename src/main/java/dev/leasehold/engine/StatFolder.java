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
import dev.leasehold.store.Stats;
import java.time.Duration;

/**
 * Adds the deltas that completions have written to the totals, so that they do not pile up. Whoever reads counters reads both.
 *
 * <pre>
 *   resting --Look--> folding --Done--> folding, while there is more
 *                        '--Done, Failed--> resting
 * </pre>
 *
 * Every node does it; each takes what no other has taken.
 */
final class StatFolder {

    /** What it understands: nothing from outside. */
    sealed interface Command {}

    private enum Look implements Command {
        INSTANCE
    }

    private record Done(Stats.Folded folded) implements Command {}

    private record Failed(Throwable failure) implements Command {}

    private static final Duration LOOK_EVERY = Duration.ofSeconds(10);

    /** Every so many looks, and at the first, all deltas are looked at, those before the position too. */
    private static final int FULL_LOOK_EVERY = 30;

    /** Ids are drawn before their transactions commit: so many before the last one are looked at each time. */
    private static final long OUT_OF_ORDER = 1_000;

    private static final Holder HOLDER = Holder.node("stat-folder", Holder.Session.TUNED);
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(30));

    private final ActorContext<Command> context;
    private final Leases leases;
    private long position;
    private int looks;

    static Behavior<Command> create(Leases leases) {
        return Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new StatFolder(context, timers, leases).resting()));
    }

    private StatFolder(ActorContext<Command> context, TimerScheduler<Command> timers, Leases leases) {
        context.setLoggerName(StatFolder.class);
        this.context = context;
        this.leases = leases;
        timers.startTimerWithFixedDelay(Look.INSTANCE, LOOK_EVERY);
    }

    private Behavior<Command> resting() {
        return Behaviors.receive(Command.class)
                .onMessageEquals(Look.INSTANCE, this::look)
                .onMessage(Done.class, late -> Behaviors.same())
                .onMessage(Failed.class, late -> Behaviors.same())
                .build();
    }

    private Behavior<Command> look() {
        return fold(looks++ % FULL_LOOK_EVERY == 0 ? 0 : Math.max(0, position - OUT_OF_ORDER));
    }

    private Behavior<Command> fold(long after) {
        context.pipeToSelf(
                leases.run(
                        PoolName.PLATFORM,
                        LeaseClass.INTERACTIVE,
                        HOLDER,
                        HOLD,
                        connection -> Stats.fold(connection, after)),
                (folded, failure) -> folded == null ? new Failed(failure) : new Done(folded));
        return Behaviors.receive(Command.class)
                .onMessageEquals(Look.INSTANCE, Behaviors::same)
                .onMessage(Done.class, this::onDone)
                .onMessage(Failed.class, this::onFailed)
                .build();
    }

    private Behavior<Command> onDone(Done done) {
        position = Math.max(position, done.folded().position());
        return done.folded().rows() >= Stats.FOLD_MAX ? fold(done.folded().position()) : resting();
    }

    private Behavior<Command> onFailed(Failed failed) {
        // The database away or the pool exhausted: the next look does it, and nothing is counted less until then.
        context.getLog()
                .info(
                        "deltas of counters were not folded, the next look does it: {}",
                        failed.failure().toString());
        return resting();
    }
}
