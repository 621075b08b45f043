package dev.leasehold.lease;

import akka.actor.typed.ActorRef;
import dev.leasehold.lease.ledger.Ending;
import dev.leasehold.lease.ledger.Epoch;
import dev.leasehold.lease.ledger.Fence;
import dev.leasehold.lease.ledger.Retirement;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a pool owns beyond the life of a guardian: settings and collaborators, and every connection that stands on the
 * server. A new guardian learns from it what its predecessor left.
 */
final class PoolEstate {

    private final PoolSettings pool;
    private final LeaseSettings lease;
    private final String nodeUid;
    private final Ticker ticker;
    private final Clock clock;
    private final PoolControl control;
    private final ConnectionSource source;
    private final PoolMetrics metrics;
    private final Executor chores;
    private final Consumer<RevokedLease> revokedListener;
    private final Epoch epoch;
    private final SchemaWatch schema;
    private final Errands errands = new Errands();
    private final StandingOrders orders = new StandingOrders();
    private final AtomicLong lastLeaseId = new AtomicLong();
    private final Map<Long, Lease> live = new ConcurrentHashMap<>();
    private final Set<ServerConnection> open = new HashSet<>();
    private final Set<Corpse> corpses = new HashSet<>();
    private final Set<Lease> zombies = new HashSet<>();
    private Opener.@Nullable Order connecting;
    private volatile @Nullable LeaseLimits limits;
    private volatile int budget;
    private volatile @Nullable Desk desk;
    private volatile @Nullable ActorRef<LeaseEvent> bridge;
    private volatile @Nullable Neighbour neighbour;

    PoolEstate(
            PoolSettings pool,
            LeaseSettings lease,
            String nodeUid,
            Ticker ticker,
            Clock clock,
            Epoch epoch,
            PoolControl control,
            ConnectionSource source,
            PoolMetrics metrics,
            Executor chores,
            Consumer<RevokedLease> revokedListener) {
        this.pool = pool;
        this.lease = lease;
        this.nodeUid = nodeUid;
        this.ticker = ticker;
        this.clock = clock;
        this.epoch = epoch;
        this.control = control;
        this.source = source;
        this.metrics = metrics;
        this.chores = chores;
        this.revokedListener = revokedListener;
        this.budget = pool.max();
        this.schema = new SchemaWatch(control, chores, ticker);
        metrics.watch("leasehold_lease_zombies", this::zombies);
        metrics.watch("leasehold_pool_leak_suspects", this::leakSuspects);
        metrics.watch("leasehold_pool_max_connections", this::budget);
        metrics.watch("leasehold_pool_generation", orders::generation);
        metrics.watch("leasehold_pool_oldest_retiring_seconds", this::oldestRetiringSeconds);
    }

    private synchronized double oldestRetiringSeconds() {
        long now = ticker.nanos();
        return corpses.stream().mapToLong(corpse -> now - corpse.since()).max().orElse(0) / 1e9;
    }

    PoolSettings pool() {
        return pool;
    }

    LeaseSettings lease() {
        return lease;
    }

    String nodeUid() {
        return nodeUid;
    }

    Ticker ticker() {
        return ticker;
    }

    Clock clock() {
        return clock;
    }

    PoolControl control() {
        return control;
    }

    ConnectionSource source() {
        return source;
    }

    PoolMetrics metrics() {
        return metrics;
    }

    /** Threads for opening, resetting and closing; never for anybody's work. */
    Executor chores() {
        return chores;
    }

    Consumer<RevokedLease> revokedListener() {
        return revokedListener;
    }

    /** The present guardian's; null before the first one. */
    @Nullable
    Desk desk() {
        return desk;
    }

    void setDesk(Desk guardians) {
        desk = guardians;
    }

    Errands errands() {
        return errands;
    }

    /** The owner of all errands. It lives as long as the pool and needs no watch. */
    void setBridge(ActorRef<LeaseEvent> ownerOfErrands) {
        bridge = ownerOfErrands;
    }

    boolean isBridge(ActorRef<?> owner) {
        return owner.equals(bridge);
    }

    SchemaWatch schema() {
        return schema;
    }

    Epoch epoch() {
        return epoch;
    }

    StandingOrders orders() {
        return orders;
    }

    AtomicLong lastLeaseId() {
        return lastLeaseId;
    }

    /** How many connections the cluster allows this pool now; at most its own maximum. */
    int budget() {
        return budget;
    }

    /** Outlives the guardian that was told. */
    void setBudget(int permits) {
        budget = Math.max(1, Math.min(permits, pool.max()));
    }

    /** The other pool of the node. */
    record Neighbour(PoolEstate estate, ActorRef<PoolGuardian.Command> guardian) {}

    /** Null until both are there. */
    @Nullable
    Neighbour neighbour() {
        return neighbour;
    }

    void setNeighbour(Neighbour other) {
        neighbour = other;
    }

    boolean isHeldBy(String scope) {
        return live.values().stream().anyMatch(each -> each.scope().equals(scope));
    }

    /** Leases in use by id, so that a new guardian can tell their owners. */
    Map<Long, Lease> live() {
        return live;
    }

    /** The server-side time-outs of a lease. */
    LeaseLimits limits() {
        LeaseLimits known = limits;
        return known == null ? LeaseLimits.of(lease, false) : known;
    }

    void setFacts(ServerFacts facts) {
        limits = LeaseLimits.of(lease, facts.hasTransactionTimeout());
    }

    /** For lists. */
    LiveLease describe(Lease each, String state) {
        long now = ticker.nanos();
        Instant wall = clock.instant();
        return new LiveLease(
                each.label(),
                pool.name(),
                each.request().leaseClass(),
                each.holder(),
                wall.minusNanos(now - each.grantedAt()),
                wall.plusNanos(each.fence().deadline() - now),
                state,
                SqlText.masked(each.lastSql()),
                each.server().pid());
    }

    /** Leases that were taken back and whose backends are not yet gone. */
    synchronized List<LiveLease> revokedOnes() {
        List<LiveLease> found = new ArrayList<>();
        for (Corpse corpse : corpses) {
            Lease each = corpse.lease();
            if (each != null && corpse.ending() != null) {
                found.add(describe(each, "revoked"));
            }
        }
        return found;
    }

    /** Live leases that nobody has used for more than half of what makes a leak, and that may be used again yet. */
    int leakSuspects() {
        long now = ticker.nanos();
        int suspects = 0;
        for (Lease each : live.values()) {
            Fence fence = each.fence();
            long limit = (fence.inTransaction() ? lease.leakInTransaction() : lease.leakOutside()).toNanos();
            if (fence.inFlight() == 0 && now - fence.lastCallAt() > limit / 2) {
                suspects++;
            }
        }
        return suspects;
    }

    /** A thread was still inside when its backend was gone. */
    synchronized void addZombie(Lease each) {
        zombies.add(each);
    }

    /** Threads that are still inside work whose lease was taken back. */
    synchronized int zombies() {
        zombies.removeIf(each -> !each.isHeldByThread());
        return zombies.size();
    }

    /** Live leases, connections on their way out, and threads that never came back. */
    synchronized int remembered() {
        return live.size() + corpses.size() + zombies();
    }

    /** When a lease of such a hold must first be looked at after its grant. */
    long firstLook(long holdNanos) {
        long idle = Math.min(
                lease.leakInTransaction().toNanos(), lease.leakOutside().toNanos());
        return Math.min(Math.min(lease.offer().toNanos(), idle), holdNanos - holdNanos / 5);
    }

    /** The opener begins to connect. */
    synchronized void connectingFor(Opener.Order order) {
        connecting = order;
    }

    /** The opener has connected, or given this try up (null). */
    synchronized void connected(@Nullable ServerConnection connection) {
        connecting = null;
        if (connection != null) {
            open.add(connection);
        }
    }

    synchronized boolean add(Corpse corpse) {
        ServerConnection connection = corpse.connection();
        if (connection != null) {
            open.remove(connection);
        }
        return corpses.add(corpse);
    }

    /** False when a new guardian has learned already that it is gone. */
    synchronized boolean bury(Corpse corpse) {
        ServerConnection connection = corpse.connection();
        if (connection != null) {
            schema.changed(connection); // gone, and with it whatever it had not committed
        }
        return corpses.remove(corpse);
    }

    /** What an earlier guardian left, as corpses with slots from 0 on; those not yet with the undertaker are marked so. */
    synchronized Inheritance takeOver() {
        long now = ticker.nanos();
        corpses.removeIf(corpse -> corpse.isGone() || corpse.connection() == null);
        List<Corpse> fresh = new ArrayList<>();
        for (Lease each : live.values()) {
            if (open.remove(each.server())) {
                boolean revoked = each.fence().revoke();
                fresh.add(new Corpse(
                        each.server(),
                        0,
                        each,
                        revoked ? Ending.GUARDIAN_RESTARTED : null,
                        Retirement.REVOKED,
                        now,
                        clock.instant()));
            }
        }
        live.clear();
        for (ServerConnection each : open) {
            fresh.add(new Corpse(each, 0, null, null, Retirement.UNFIT, now, clock.instant()));
        }
        open.clear();
        Corpse unborn = null;
        Opener.Order order = connecting;
        if (order != null) {
            unborn = new Corpse(null, 0, null, null, Retirement.UNFIT, now, clock.instant());
            corpses.add(unborn);
        }
        corpses.addAll(fresh);
        int slot = 0;
        for (Corpse each : corpses) {
            each.setSlot(slot++);
        }
        return new Inheritance(fresh, unborn, order, corpses.size());
    }

    /**
     * @param fresh for the undertaker
     * @param unborn stands for the connection that the opener is making for {@code order} of the earlier guardian
     */
    record Inheritance(List<Corpse> fresh, @Nullable Corpse unborn, Opener.@Nullable Order order, int retiring) {}
}
