package dev.leasehold.engine.cycle;

import akka.Done;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.store.Events;
import dev.leasehold.store.Json;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes what the check cycle records. */
final class CycleWriter {

    private static final Logger LOG = LoggerFactory.getLogger(CycleWriter.class);

    private static final Holder HOLDER = Holder.node("cycle-record", Holder.Session.AS_IS);
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(5));

    private final Leases leases;
    private final String node;

    CycleWriter(Leases leases, String node) {
        this.leases = leases;
        this.node = node;
    }

    /** A cycle, with its number, in one statement. */
    CompletionStage<Long> cycle(String record) {
        return leases.run(
                PoolName.PLATFORM,
                LeaseClass.CONTROL,
                HOLDER,
                HOLD,
                connection -> Events.insertCycle(connection, node, "check cycle", record));
    }

    void adjusted(IdleInterval.Change change) {
        LOG.info("idle interval {} -> {}: {}", change.from(), change.to(), change.reason());
        event(
                change.reason(),
                Json.MAPPER
                        .createObjectNode()
                        .put("from_ms", change.from().toMillis())
                        .put("to_ms", change.to().toMillis())
                        .put("reason", change.reason()));
    }

    /** What is active cannot be told: the interval is kept. Written when the database is back. */
    void degraded(Duration kept, Throwable failure) {
        event(
                "due tasks could not be read, the interval is kept",
                Json.MAPPER
                        .createObjectNode()
                        .put("from_ms", kept.toMillis())
                        .put("to_ms", kept.toMillis())
                        .put("reason", "degraded: " + failure));
    }

    private void event(String message, com.fasterxml.jackson.databind.node.ObjectNode data) {
        Events.Event event = new Events.Event("interval_adjustment", node, null, null, null, message, Json.write(data));
        leases.run(PoolName.PLATFORM, LeaseClass.CONTROL, HOLDER, HOLD, connection -> {
                    Events.insert(connection, List.of(event));
                    return Done.getInstance();
                })
                .exceptionally(failure -> {
                    LOG.debug("interval adjustment not written", failure);
                    return Done.getInstance();
                });
    }
}
