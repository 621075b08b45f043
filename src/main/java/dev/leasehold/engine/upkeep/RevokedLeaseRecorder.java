package dev.leasehold.engine.upkeep;

import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.RevokedLease;
import dev.leasehold.store.Alerts;
import dev.leasehold.store.Events;
import dev.leasehold.store.Json;
import dev.leasehold.store.RevokedLeases;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores who held a lease that was taken back: the record, an event and an alert, in one transaction of the control class.
 * While the database is away records are kept in the log only, beyond a bound.
 */
public final class RevokedLeaseRecorder implements Consumer<RevokedLease> {

    private static final Logger LOG = LoggerFactory.getLogger(RevokedLeaseRecorder.class);
    private static final Holder HOLDER = Holder.node("revoked-leases");
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(5));

    /** Records under way at once: a storm of revocations must not fill the control class's queue. */
    private static final int UNDER_WAY_MAX = 64;

    private static final int SQL_SHOWN = 120;

    private final String node;
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile @Nullable Leases leases;

    /**
     * Made before the pools whose listener it is.
     *
     * @param node this node's incarnation
     */
    public RevokedLeaseRecorder(String node) {
        this.node = node;
    }

    /** From now on records can be stored. */
    public void storeWith(Leases source) {
        leases = source;
    }

    @Override
    public void accept(RevokedLease lease) {
        Leases source = leases;
        if (source == null || underWay.incrementAndGet() > UNDER_WAY_MAX) {
            if (source != null) {
                underWay.decrementAndGet();
            }
            LOG.warn("revoked lease {} of {} is in the log only", lease.leaseId(), lease.holder());
            return;
        }
        source.inTransaction(PoolName.PLATFORM, LeaseClass.CONTROL, HOLDER, HOLD, connection -> {
                    RevokedLeases.insert(connection, row(lease));
                    Events.insert(connection, List.of(event(lease)));
                    Alerts.raise(connection, alert(lease));
                    return lease.leaseId();
                })
                .whenComplete((id, failure) -> {
                    underWay.decrementAndGet();
                    if (failure != null) {
                        LOG.warn("revoked lease {} of {} is in the log only", lease.leaseId(), lease.holder(), failure);
                    }
                });
    }

    private RevokedLeases.Row row(RevokedLease lease) {
        Holder holder = lease.holder();
        return new RevokedLeases.Row(
                lease.leaseId(),
                lease.pool().label(),
                lease.leaseClass().name().toLowerCase(Locale.ROOT),
                holder.task(),
                holder.run(),
                holder.type(),
                holder.tenant(),
                holder.actor(),
                node,
                lease.cause(),
                lease.grantedAt(),
                lease.revokedAt(),
                lease.heldMillis(),
                lease.idleMillis(),
                lease.inTransaction(),
                lease.sql(),
                lease.acquiredStack(),
                lease.holderStack(),
                lease.reclaimedBy(),
                lease.reclaimMillis());
    }

    private Events.Event event(RevokedLease lease) {
        return new Events.Event(
                "lease_revoked",
                node,
                taskId(lease.holder()),
                lease.holder().type(),
                lease.holder().tenant(),
                message(lease),
                Json.write(Map.of(
                        "lease_id", lease.leaseId(),
                        "pool", lease.pool().label(),
                        "cause", lease.cause(),
                        "held_ms", lease.heldMillis(),
                        "reclaim_ms", lease.reclaimMillis())));
    }

    /** One alert a type and pool: a leaking type is one thing to look at, however often it leaks. */
    private static Alerts.Alert alert(RevokedLease lease) {
        Holder holder = lease.holder();
        String who = holder.type() == null ? holder.actor() : "type/" + holder.type();
        return new Alerts.Alert(
                who,
                "lease_revoked_" + lease.pool().label(),
                "warning",
                message(lease),
                taskId(holder),
                holder.type(),
                holder.tenant());
    }

    private static String message(RevokedLease lease) {
        Holder holder = lease.holder();
        String who = holder.task() == null ? holder.actor() : "task " + holder.task() + " (" + holder.type() + ")";
        String sql = lease.sql();
        String last = sql == null ? "no statement" : sql.length() > SQL_SHOWN ? sql.substring(0, SQL_SHOWN) + "…" : sql;
        return who + " held a lease of pool " + lease.pool().label() + " for " + lease.heldMillis()
                + " ms and lost it (" + lease.cause() + "); last statement: " + last;
    }

    private static @Nullable Long taskId(Holder holder) {
        String task = holder.task();
        try {
            return task == null ? null : Long.valueOf(task);
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
