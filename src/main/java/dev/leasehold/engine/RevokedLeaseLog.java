package dev.leasehold.engine;

import akka.Done;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import dev.leasehold.task.TaskId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores leases that did not end by release: record, event and alert in one transaction, one after the other. The pools are
 * there before the engine is, so what comes before that waits.
 */
public final class RevokedLeaseLog implements Consumer<RevokedLease> {

    private static final Logger LOG = LoggerFactory.getLogger(RevokedLeaseLog.class);

    private static final int WAITING_MAX = 10_000;
    private static final Duration AGAIN_AFTER = Duration.ofSeconds(1);
    private static final Holder HOLDER = Holder.node("revoked-leases");
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(5));

    private final String node;
    private final Deque<RevokedLease> waiting = new ArrayDeque<>();
    private @Nullable Leases leases;
    private boolean writing;
    private boolean stopped;

    public RevokedLeaseLog(String node) {
        this.node = node;
    }

    @Override
    public void accept(RevokedLease lease) {
        synchronized (waiting) {
            if (waiting.size() >= WAITING_MAX) {
                LOG.error("record of lease {} is dropped: {} wait to be written", lease.leaseId(), WAITING_MAX);
                return;
            }
            waiting.add(lease);
        }
        write();
    }

    /** From here on they can be written. */
    void start(Leases to) {
        synchronized (waiting) {
            leases = to;
        }
        write();
    }

    /** No further tries. */
    void stop() {
        synchronized (waiting) {
            stopped = true;
        }
    }

    private void write() {
        RevokedLease next;
        Leases to;
        synchronized (waiting) {
            next = waiting.peek();
            to = leases;
            if (next == null || to == null || writing || stopped) {
                return;
            }
            writing = true;
        }
        to.inTransaction(PoolName.PLATFORM, LeaseClass.CONTROL, HOLDER, HOLD, connection -> {
                    RevokedLeases.insert(connection, row(next));
                    Events.insert(connection, List.of(event(next)));
                    Alerts.raise(connection, alert(next));
                    return Done.getInstance();
                })
                .whenComplete((done, failure) -> written(failure));
    }

    private void written(@Nullable Throwable failure) {
        synchronized (waiting) {
            writing = false;
            if (failure == null) {
                waiting.poll();
            }
        }
        if (failure == null) {
            write();
        } else {
            LOG.warn("record of a revoked lease not written, trying again: {}", failure.toString());
            Executor later = CompletableFuture.delayedExecutor(AGAIN_AFTER.toMillis(), TimeUnit.MILLISECONDS);
            later.execute(this::write);
        }
    }

    private RevokedLeases.Row row(RevokedLease lease) {
        return new RevokedLeases.Row(
                lease.leaseId(),
                lease.pool().label(),
                lease.leaseClass().name().toLowerCase(java.util.Locale.ROOT),
                lease.holder().task(),
                lease.holder().run(),
                lease.holder().type(),
                lease.holder().tenant(),
                lease.holder().actor(),
                node,
                lease.cause(),
                lease.grantedAt(),
                lease.revokedAt(),
                lease.heldMillis(),
                lease.idleMillis(),
                lease.inTransaction(),
                clean(lease.sql()),
                lease.acquiredStack(),
                lease.holderStack(),
                lease.reclaimedBy(),
                lease.reclaimMillis());
    }

    private static @Nullable String clean(@Nullable String text) {
        return text == null ? null : text.replace('\0', ' ');
    }

    private Events.Event event(RevokedLease lease) {
        ObjectNode data = Json.MAPPER.createObjectNode();
        data.put("lease_id", lease.leaseId()).put("pool", lease.pool().label()).put("cause", lease.cause());
        data.put("run_id", lease.holder().run()).put("held_ms", lease.heldMillis());
        return new Events.Event(
                "lease_revoked",
                node,
                taskId(lease),
                lease.holder().type(),
                lease.holder().tenant(),
                message(lease),
                Json.write(data));
    }

    private static Alerts.Alert alert(RevokedLease lease) {
        Holder holder = lease.holder();
        String source = holder.task() == null ? "lease/" + holder.actor() : "task/" + holder.task();
        return new Alerts.Alert(
                source, "lease_revoked", "warning", message(lease), taskId(lease), holder.type(), holder.tenant());
    }

    private static String message(RevokedLease lease) {
        Holder holder = lease.holder();
        String who = holder.run() == null ? holder.actor() : "run " + holder.run() + " of type " + holder.type();
        return "lease of pool " + lease.pool().label() + " was taken back from " + who + " (" + lease.cause()
                + " after " + lease.heldMillis() + " ms)";
    }

    private static @Nullable Long taskId(RevokedLease lease) {
        String task = lease.holder().task();
        return task == null ? null : TaskId.parse(task).value();
    }
}
