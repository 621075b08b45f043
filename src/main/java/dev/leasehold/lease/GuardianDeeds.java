package dev.leasehold.lease;

import akka.actor.typed.ActorRef;
import dev.leasehold.lease.ledger.ClassPolicy;
import dev.leasehold.lease.ledger.Denial;
import dev.leasehold.lease.ledger.Effects;
import dev.leasehold.lease.ledger.Ending;
import dev.leasehold.lease.ledger.Fence;
import dev.leasehold.lease.ledger.Held;
import dev.leasehold.lease.ledger.Ledger;
import dev.leasehold.lease.ledger.LedgerSettings;
import dev.leasehold.lease.ledger.LedgerView;
import dev.leasehold.lease.ledger.Request;
import dev.leasehold.lease.ledger.Retirement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Carries out what the ledger decides: messages to requesters, owners, opener and undertaker, and work for chore threads. */
final class GuardianDeeds implements Effects<PoolGuardian.Acquire> {

    private final ActorRef<PoolGuardian.Command> self;
    private final PoolEstate estate;
    private final Desk desk;
    private final Owners owners;
    private final ActorRef<Opener.Command> opener;
    private final ActorRef<Undertaker.Command> undertaker;
    private final PoolMetrics metrics;
    private final @Nullable ServerConnection[] connections;
    private final boolean[] cleaning;
    private int epoch;
    private long firstLook = Long.MAX_VALUE;
    private @Nullable Corpse unborn;
    private Opener.@Nullable Order unbornOrder;
    private @Nullable Lease ending;
    private @Nullable Ending endingHow;

    GuardianDeeds(
            ActorRef<PoolGuardian.Command> self,
            PoolEstate estate,
            Desk desk,
            Owners owners,
            ActorRef<Opener.Command> opener,
            ActorRef<Undertaker.Command> undertaker) {
        this.self = self;
        this.estate = estate;
        this.desk = desk;
        this.owners = owners;
        this.opener = opener;
        this.undertaker = undertaker;
        this.metrics = estate.metrics();
        this.connections = new ServerConnection[estate.pool().max()];
        this.cleaning = new boolean[estate.pool().max()];
    }

    int epoch() {
        return epoch;
    }

    /** Begins a new epoch: what an earlier guardian left is taken back, the rest of the budget is ours. */
    Ledger<PoolGuardian.Acquire> takeOver(Logger log) {
        epoch = estate.epoch().next();
        PoolEstate.Inheritance left = estate.takeOver();
        unborn = left.unborn();
        unbornOrder = left.order();
        for (Corpse corpse : left.fresh()) {
            Lease lease = corpse.lease();
            Ending how = corpse.ending();
            if (lease != null) {
                // A release that won against the end of the epoch counts as one, its message or not.
                ended(how == null ? Ending.RELEASED : how, lease.grantedAt(), lease.fence());
            }
            if (lease != null && how != null) {
                lease.noteHolder();
                tellRevoked(lease, how);
            }
            undertaker.tell(new Undertaker.Bury(corpse, self));
        }
        if (epoch > 1) {
            log.warn(
                    "guardian of {} starts in epoch {} with {} connections to see off",
                    estate.pool().name().label(),
                    epoch,
                    left.retiring());
        }
        Ledger<PoolGuardian.Acquire> ledger = new Ledger<>(
                ledgerSettings(estate.pool(), estate.lease()),
                this,
                estate.epoch(),
                estate.ticker().nanos(),
                left.retiring(),
                estate.lastLeaseId().get(),
                () -> ThreadLocalRandom.current().nextDouble());
        ledger.setBudget(estate.budget(), estate.ticker().nanos());
        return ledger;
    }

    /** By {@link LeaseClass#no}. */
    static LedgerSettings ledgerSettings(PoolSettings pool, LeaseSettings lease) {
        int limit = lease.queueLimit();
        return new LedgerSettings(
                pool.size(),
                pool.max(),
                Math.min(pool.reserved(), pool.max() - 1),
                pool.recycle().toNanos(),
                lease.linger().toNanos(),
                lease.offer().toNanos(),
                lease.hardCap().toNanos(),
                lease.leakInTransaction().toNanos(),
                lease.leakOutside().toNanos(),
                lease.quotaPerType(),
                lease.quotaPerTenant(),
                List.of(
                        new ClassPolicy(16, limit, true, 0, 0, true),
                        new ClassPolicy(
                                4,
                                limit,
                                false,
                                lease.codelTarget().toNanos(),
                                lease.codelInterval().toNanos(),
                                false),
                        new ClassPolicy(1, limit, false, 0, 0, false)));
    }

    @Override
    public void granted(Held<PoolGuardian.Acquire> held) {
        PoolGuardian.Acquire acquire = held.request().attachment();
        long id = held.id();
        estate.lastLeaseId().set(id);
        ServerConnection server = Objects.requireNonNull(connections[held.slot()], "a leased slot has a connection");
        Lease lease = new Lease(
                id,
                estate.nodeUid() + "-" + estate.pool().name().label() + "-" + id,
                acquire,
                held.fence(),
                server,
                estate.ticker(),
                estate.limits(),
                held.grantedAt(),
                self,
                desk,
                metrics,
                estate.schema());
        estate.live().put(id, lease);
        firstLook = Math.min(firstLook, estate.firstLook(held.request().holdNanos()));
        metrics.granted(acquire.leaseClass(), held.grantedAt() - held.request().arrivedAt());
        if (estate.isBridge(acquire.owner())) {
            desk.afterwards(() -> estate.errands().granted(acquire.requestId(), lease));
        } else {
            acquire.replyTo().tell(new LeaseEvent.Granted(acquire.requestId(), lease));
        }
    }

    /** When the leases that were granted since the last call must first be looked at; {@code Long.MAX_VALUE} for none. */
    long takeFirstLook() {
        long look = firstLook;
        firstLook = Long.MAX_VALUE;
        return look;
    }

    @Override
    public void denied(Request<PoolGuardian.Acquire> request, Denial reason, long retryAfterNanos) {
        PoolGuardian.Acquire acquire = request.attachment();
        metrics.denied(reason);
        long waited =
                Duration.ofNanos(estate.ticker().nanos() - request.arrivedAt()).toMillis();
        acquire.replyTo()
                .tell(new LeaseEvent.Denied(
                        acquire.requestId(),
                        reason,
                        Duration.ofNanos(retryAfterNanos),
                        "no lease of pool " + estate.pool().name().label() + " for "
                                + acquire.holder().actor() + ": " + words(reason) + " (waited " + waited + " ms, size "
                                + estate.pool().size() + "+" + estate.pool().maxOverflow() + ", "
                                + estate.live().size() + " leased, " + metrics.waiting() + " waiting)"));
    }

    /** The guardian failed while it had this in hand: answered here, unless it is among those that waited or was granted. */
    void answerUnfinished(PoolGuardian.@Nullable Acquire acquire, Set<Long> answered) {
        if (acquire == null || answered.contains(acquire.requestId()) || isLive(acquire)) {
            return;
        }
        metrics.denied(Denial.DOWN);
        String message = "the guardian failed at this request";
        acquire.replyTo().tell(new LeaseEvent.Denied(acquire.requestId(), Denial.DOWN, Duration.ofSeconds(1), message));
    }

    private boolean isLive(PoolGuardian.Acquire acquire) {
        return estate.live().values().stream().anyMatch(lease -> lease.request().requestId() == acquire.requestId());
    }

    void refuseRemote(PoolGuardian.Acquire acquire) {
        metrics.denied(Denial.INVALID);
        acquire.replyTo()
                .tell(new LeaseEvent.Denied(
                        acquire.requestId(),
                        Denial.INVALID,
                        Duration.ZERO,
                        "no lease for " + acquire.owner() + ": a connection does not leave its node"));
    }

    private static String words(Denial reason) {
        if (reason == Denial.NESTED) {
            return "nested: its scope holds a lease of this pool, and could wait for itself; joinTransaction works under that";
        }
        return reason.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    @Override
    public void warned(Held<PoolGuardian.Acquire> held, long remainingNanos) {
        held.request()
                .attachment()
                .replyTo()
                .tell(new LeaseEvent.LeaseWarning(held.id(), Duration.ofNanos(remainingNanos)));
    }

    @Override
    public void released(Held<PoolGuardian.Acquire> held) {
        ending = estate.live().remove(held.id());
        endingHow = null;
        ended(Ending.RELEASED, held.grantedAt(), held.fence());
        if (held.fence().inTransaction()) {
            metrics.dirtyRelease();
        }
    }

    @Override
    public void revoked(Held<PoolGuardian.Acquire> held, Ending how) {
        Lease lease = Objects.requireNonNull(estate.live().remove(held.id()), "a live lease is in the estate");
        ending = lease;
        endingHow = how;
        ended(how, held.grantedAt(), held.fence());
        metrics.revoked(how, lease.holder().type());
        lease.noteHolder();
        tellRevoked(lease, how);
    }

    private void ended(Ending how, long grantedAt, Fence fence) {
        long now = estate.ticker().nanos();
        long idle = fence.inFlight() > 0 ? 0 : now - fence.lastCallAt();
        metrics.ended(how, now - grantedAt, Math.max(0, idle));
    }

    private static void tellRevoked(Lease lease, Ending how) {
        lease.request()
                .replyTo()
                .tell(new LeaseEvent.LeaseRevoked(
                        lease.id(),
                        how,
                        "lease " + lease.label() + " of " + lease.holder().actor() + " was taken back: "
                                + how.name().toLowerCase(Locale.ROOT).replace('_', ' ')));
    }

    @Override
    public void open(int slot) {
        opener.tell(new Opener.Open(new Opener.Order(epoch, slot), self));
    }

    void stopOpening() {
        opener.tell(Opener.Stop.INSTANCE);
    }

    /** True when the connection is for this guardian; one that an earlier guardian ordered is seen off. */
    boolean receive(GuardianNews.Opened opened) {
        if (opened.order().epoch() == epoch) {
            connections[opened.order().slot()] = opened.connection();
            return true;
        }
        Corpse expected = unborn;
        if (expected != null && opened.order().equals(unbornOrder)) {
            unborn = null;
            expected.setConnection(opened.connection());
            estate.add(expected);
            undertaker.tell(new Undertaker.Bury(expected, self));
        }
        return false;
    }

    /** The slot whose permit an earlier guardian's order held; -1 when there is none. */
    int unbornGivenUp(Opener.Order order) {
        Corpse expected = unborn;
        if (expected == null || !order.equals(unbornOrder) || !estate.bury(expected)) {
            return -1;
        }
        unborn = null;
        return expected.slot();
    }

    @Override
    public void clean(int slot) {
        ServerConnection connection = Objects.requireNonNull(connections[slot], "a slot in cleaning has a connection");
        cleaning[slot] = true;
        ending = null;
        long since = estate.ticker().nanos();
        try {
            estate.chores().execute(() -> {
                boolean fit = SessionReset.run(connection);
                if (fit) {
                    estate.schema().changed(connection);
                }
                metrics.cleaned(estate.ticker().nanos() - since);
                self.tell(new GuardianNews.Cleaned(connection, fit));
            });
        } catch (RejectedExecutionException e) {
            self.tell(new GuardianNews.Cleaned(connection, false));
        }
    }

    /** -1 when the connection is none of ours, such as one of an earlier guardian. */
    int slotInCleaning(ServerConnection connection) {
        for (int slot = 0; slot < connections.length; slot++) {
            if (cleaning[slot] && connection.is(connections[slot])) {
                cleaning[slot] = false;
                return slot;
            }
        }
        return -1;
    }

    @Override
    public void retire(int slot, Retirement why) {
        ServerConnection connection = Objects.requireNonNull(connections[slot], "a retiring slot has a connection");
        connections[slot] = null;
        cleaning[slot] = false;
        boolean ofLease = ending != null && ending.server().is(connection);
        Corpse corpse = new Corpse(
                connection,
                slot,
                ofLease ? ending : null,
                ofLease ? endingHow : null,
                why,
                estate.ticker().nanos(),
                estate.clock().instant());
        ending = null;
        endingHow = null;
        estate.add(corpse);
        metrics.retired(why);
        undertaker.tell(new Undertaker.Bury(corpse, self));
    }

    @Override
    public void ownerIdle(Object owner) {
        ActorRef<?> idle = (ActorRef<?>) owner;
        if (!estate.isBridge(idle)) {
            owners.idle(idle);
        }
    }

    List<LiveLease> liveLeases(LedgerView<PoolGuardian.Acquire> ledger) {
        List<LiveLease> leases = new ArrayList<>();
        for (Held<PoolGuardian.Acquire> held : ledger.leases()) {
            Lease lease = estate.live().get(held.id());
            if (lease != null) {
                leases.add(estate.describe(lease, lease.fence().state().name().toLowerCase(Locale.ROOT)));
            }
        }
        leases.addAll(estate.revokedOnes());
        return leases;
    }

    PoolStatus status(LedgerView<PoolGuardian.Acquire> ledger) {
        PoolSettings pool = estate.pool();
        int open = ledger.idle() + ledger.leased() + ledger.cleaning();
        return new PoolStatus(
                pool.name(),
                pool.size(),
                pool.maxOverflow(),
                estate.budget(),
                ledger.idle(),
                ledger.leased(),
                Math.max(0, open - pool.size()),
                ledger.waiting(),
                ledger.opening(),
                ledger.cleaning(),
                ledger.retiring(),
                Math.round(1000.0 * ledger.leased() / estate.budget()) / 10.0,
                metrics.openedCount(),
                metrics.retiredCount(Retirement.RECYCLED),
                metrics.deniedCount(Denial.DEADLINE),
                metrics.grantedCount(),
                metrics.endedCount(),
                metrics.endedCount(Ending.LEAKED),
                estate.leakSuspects(),
                estate.orders().generation(),
                estate.control().isHealthy());
    }
}
