package dev.leasehold;

import akka.actor.typed.ActorRef;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.Config;
import dev.leasehold.cluster.budget.BudgetBoard;
import dev.leasehold.cluster.budget.BudgetKeeper;
import dev.leasehold.config.NodeSettings;
import dev.leasehold.lease.ControlConnection;
import dev.leasehold.lease.DatabaseAddress;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.LeaseSettings;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolGuardian;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.PoolSettings;
import dev.leasehold.lease.Pools;
import dev.leasehold.lease.RevokedLease;
import dev.leasehold.lease.SqlWork;
import dev.leasehold.lease.Ticker;
import dev.leasehold.store.DatabaseIdentity;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Reads what the pools need, and works on their first connections while the node starts. */
final class NodePools {

    private static final Holder HOLDER = Holder.node("start");
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(20));

    private NodePools() {}

    /**
     * Everything that the pools are started with.
     *
     * @param incarnation this life of the node
     */
    static Pools.Setup setup(
            Config config,
            String incarnation,
            Map<PoolName, DatabaseAddress> databases,
            MeterRegistry registry,
            Clock clock,
            Consumer<RevokedLease> onRevoked) {
        Map<PoolName, PoolSettings> pools = new EnumMap<>(PoolName.class);
        for (PoolName pool : PoolName.values()) {
            pools.put(pool, PoolSettings.from(config, pool));
        }
        return new Pools.Setup(
                incarnation, LeaseSettings.from(config), pools, databases, registry, clock, Ticker.SYSTEM, onRevoked);
    }

    /**
     * Holds the pools to this node's share of the connections from now on; until others can be found the node is alone.
     *
     * @return completed once the first permits are told; with a sentence when the budget is too small for a node
     */
    static CompletionStage<Optional<String>> keepToBudget(
            ActorContext<?> context,
            Pools pools,
            Config config,
            NodeSettings settings,
            String incarnation,
            BudgetBoard board) {
        Map<PoolName, Integer> wanted = new EnumMap<>(PoolName.class);
        Map<PoolName, ControlConnection> controls = new EnumMap<>(PoolName.class);
        Map<PoolName, ActorRef<PoolGuardian.Command>> guardians = new EnumMap<>(PoolName.class);
        for (PoolName pool : PoolName.values()) {
            wanted.put(pool, PoolSettings.from(config, pool).max());
            controls.put(pool, pools.control(pool));
            guardians.put(pool, pools.guardian(pool));
        }
        BudgetKeeper.Setup setup = new BudgetKeeper.Setup(
                incarnation, settings.connectionBudget(), wanted, controls, guardians, pools.leases(), board);
        CompletableFuture<Optional<String>> first = new CompletableFuture<>();
        context.spawn(
                Behaviors.supervise(BudgetKeeper.create(setup, first))
                        .onFailure(SupervisorStrategy.restartWithBackoff(
                                Duration.ofMillis(100), Duration.ofSeconds(5), 0.2)),
                "connection-budget");
        return first;
    }

    /** Work on a lease while the start waits for it. */
    static <T> T work(Leases leases, PoolName pool, SqlWork<T> work) {
        return leases.inTransaction(pool, LeaseClass.INTERACTIVE, HOLDER, HOLD, work)
                .toCompletableFuture()
                .join();
    }

    /** Whether both pools reach the same database, whatever their URLs say: then their transactions are one. */
    static boolean reachOneDatabase(Leases leases) {
        return work(leases, PoolName.PLATFORM, DatabaseIdentity::read)
                .equals(work(leases, PoolName.USERDATA, DatabaseIdentity::read));
    }
}
