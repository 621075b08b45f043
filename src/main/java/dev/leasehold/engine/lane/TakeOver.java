package dev.leasehold.engine.lane;

import akka.Done;
import akka.actor.Cancellable;
import akka.actor.typed.ActorSystem;
import dev.leasehold.engine.lane.LaneJudge.Verdict;
import dev.leasehold.lease.ControlConnection;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.store.Backends;
import dev.leasehold.store.Events;
import dev.leasehold.store.LaneFence;
import dev.leasehold.store.Lanes;
import dev.leasehold.store.Nodes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Takes one lane a transaction, and never without its own row lock: those who complete under the old ownership are waited
 * for, and after a while ended, one holder at a time.
 */
final class TakeOver {

    private static final Holder HOLDER = Holder.node("lane-take-over");
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(20));
    private static final Duration CONTROL_LIMIT = Duration.ofSeconds(3);
    private static final Duration END_BLOCKERS_EVERY = Duration.ofMillis(100);

    private final ActorSystem<?> system;
    private final ControlConnection control;
    private final Leases leases;
    private final String self;
    private final Duration patience;

    TakeOver(ActorSystem<?> system, ControlConnection control, Leases leases, String self, Duration patience) {
        this.system = system;
        this.control = control;
        this.leases = leases;
        this.self = self;
        this.patience = patience;
    }

    /**
     * What came of a take-over.
     *
     * @param fence null when somebody else changed the lane since it was judged
     */
    record Taken(@Nullable LaneFence fence, @Nullable Instant cautiousUntil) {}

    /** Takes a lane; the stage is done when the COMMIT is known, and fails when it is not. */
    CompletionStage<Taken> take(Verdict verdict) {
        AtomicInteger pid = new AtomicInteger();
        CompletionStage<Taken> taken =
                leases.inTransaction(PoolName.PLATFORM, LeaseClass.CONTROL, HOLDER, HOLD, connection -> {
                    pid.set(Backends.pid(connection));
                    Optional<LaneFence> fence =
                            Lanes.takeOver(connection, verdict.lane(), verdict.epoch(), self, verdict.crashed());
                    pid.set(0);
                    return new Taken(
                            fence.orElse(null),
                            fence.isEmpty()
                                    ? null
                                    : Lanes.cautiousUntil(connection, verdict.lane())
                                            .orElse(null));
                });
        Cancellable impatience = system.scheduler()
                .scheduleAtFixedRate(patience, END_BLOCKERS_EVERY, () -> endBlockers(pid), system.executionContext());
        return taken.whenComplete((done, failure) -> impatience.cancel());
    }

    private void endBlockers(AtomicInteger pid) {
        int taker = pid.get();
        if (taker != 0) {
            control.execute(CONTROL_LIMIT, connection -> Backends.endBlockersOf(connection, taker));
        }
    }

    /** Ends what dead owners left on the server, and writes down what was taken. */
    void tell(List<String> lanes, Set<String> deadOwners) {
        String message = lanes.size() + " lanes taken"
                + (deadOwners.isEmpty() ? "" : " from dead " + String.join(", ", deadOwners)) + ": "
                + String.join(", ", lanes);
        control.execute(CONTROL_LIMIT, connection -> {
            for (String dead : deadOwners) {
                Backends.endIncarnation(connection, dead);
            }
            Events.insert(connection, List.of(Events.Event.node("lane_taken", self, message)));
            return Done.getInstance();
        });
    }

    /** Gives lanes back and says goodbye. */
    CompletionStage<Done> release(List<LaneFence> fences) {
        return leases.run(PoolName.PLATFORM, LeaseClass.CONTROL, HOLDER, HOLD, connection -> {
            for (LaneFence fence : fences) {
                Lanes.release(connection, self, fence);
            }
            Nodes.stop(connection, self);
            Events.insert(connection, List.of(Events.Event.node("stop", self, "node stopped")));
            return Done.getInstance();
        });
    }
}
