package dev.leasehold.engine;

import akka.Done;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.engine.plan.Classify;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.store.Alerts;
import dev.leasehold.store.Events;
import dev.leasehold.store.Json;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * At start: what should exist and does not is created. One step after the other, on one connection at a time, each in its
 * own transaction; one that fails counts 0, is an event and an alert, and the start goes on.
 */
final class Restoration {

    private static final Logger LOG = LoggerFactory.getLogger(Restoration.class);

    private static final Holder HOLDER = Holder.node("restoration");
    /** The statements of a step are anybody's. */
    private static final Holder FOREIGN = Holder.named("restoration");

    private static final Hold STEP = Hold.atMost(Duration.ofSeconds(60));
    private static final Hold NOTE = Hold.atMost(Duration.ofSeconds(5));

    private final Leases leases;
    private final String node;
    private final List<RestorationStep> steps;
    private final ObjectNode counts = Json.MAPPER.createObjectNode();

    Restoration(Leases leases, String node, List<RestorationStep> steps) {
        this.leases = leases;
        this.node = node;
        this.steps = steps;
    }

    /** Runs all steps; never fails. */
    CompletionStage<Done> run() {
        CompletionStage<Done> all = CompletableFuture.completedFuture(Done.getInstance());
        for (RestorationStep step : steps) {
            all = all.thenCompose(before -> run(step));
        }
        return all.thenCompose(done ->
                note(new Events.Event("start", node, null, null, null, "node started", Json.write(counts)), null));
    }

    private CompletionStage<Done> run(RestorationStep step) {
        counts.put(step.name(), 0);
        return leases.inTransaction(PoolName.PLATFORM, LeaseClass.INTERACTIVE, FOREIGN, STEP, step::restore)
                .handle((created, failure) -> {
                    if (failure == null) {
                        counts.put(step.name(), created);
                        return note(null, null);
                    }
                    LOG.warn("restoration step {} failed, the start goes on", step.name(), failure);
                    String message = "restoration step " + step.name() + " failed: " + Classify.message(failure);
                    return note(
                            Events.Event.node("restoration_failed", node, message),
                            new Alerts.Alert(
                                    "restoration/" + step.name(),
                                    "restoration_failed",
                                    "error",
                                    message,
                                    null,
                                    null,
                                    null));
                })
                .thenCompose(noted -> noted);
    }

    private CompletionStage<Done> note(Events.@Nullable Event event, Alerts.@Nullable Alert alert) {
        if (event == null) {
            return CompletableFuture.completedFuture(Done.getInstance());
        }
        return leases.inTransaction(PoolName.PLATFORM, LeaseClass.CONTROL, HOLDER, NOTE, connection -> {
                    Events.insert(connection, List.of(event));
                    if (alert != null) {
                        Alerts.raise(connection, alert);
                    }
                    return Done.getInstance();
                })
                .exceptionally(failure -> {
                    LOG.warn("{} not written", event.type(), failure);
                    return Done.getInstance();
                });
    }
}
