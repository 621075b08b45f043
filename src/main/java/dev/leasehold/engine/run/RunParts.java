package dev.leasehold.engine.run;

import akka.actor.typed.ActorRef;
import dev.leasehold.engine.flush.Flush;
import dev.leasehold.engine.plan.FailureRules;
import dev.leasehold.engine.plan.Planner;
import dev.leasehold.lease.PoolGuardian;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What runs work with; the same for all of a node.
 *
 * @param node this node's incarnation
 * @param guardians of both pools
 * @param userdataIsPlatform the user-data pool reaches the platform database, so that effect and completion commit together
 * @param leaseWait how long a handler waits for a lease
 * @param now the database's clock, as well as this node can tell
 * @param zombieGrace how long a run that was told to end waits for its thread
 */
public record RunParts(
        String node,
        Map<PoolName, ActorRef<PoolGuardian.Command>> guardians,
        boolean userdataIsPlatform,
        Duration leaseWait,
        HandlerThreads threads,
        Flush flush,
        Planner planner,
        FailureRules rules,
        RunBoard board,
        RunListener listener,
        Supplier<Instant> now,
        Ticker ticker,
        Duration zombieGrace) {

    ActorRef<PoolGuardian.Command> guardian(PoolName pool) {
        ActorRef<PoolGuardian.Command> guardian = guardians.get(pool);
        if (guardian == null) {
            throw new IllegalArgumentException("no pool named " + pool.label());
        }
        return guardian;
    }
}
