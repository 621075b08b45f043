package dev.leasehold.engine.upkeep;

import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.store.Alerts;
import dev.leasehold.store.Events;
import dev.leasehold.store.Json;
import dev.leasehold.store.NewTask;
import dev.leasehold.store.Tasks;
import dev.leasehold.task.RestorationStep;
import dev.leasehold.task.TaskSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates what should exist and does not, at each start: one step after the other, each in a transaction of its own on one
 * lease. A step that fails leaves its count at 0, an event and an alert, and the others go on.
 */
public final class Restoration {

    private static final Logger LOG = LoggerFactory.getLogger(Restoration.class);
    private static final Holder HOLDER = Holder.node("restoration");
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(30));
    private static final String ALERT = "restoration_failed";

    /** Rows of one insert: enough to be fast, few enough for one statement's memory. */
    private static final int BATCH = 1000;

    private final Leases leases;
    private final Specs specs;
    private final String node;

    /**
     * Nothing is read before {@link #run}.
     *
     * @param node this node's incarnation
     */
    public Restoration(Leases leases, Specs specs, String node) {
        this.leases = leases;
        this.specs = specs;
        this.node = node;
    }

    /** What one step did; {@code failed} steps created nothing. */
    public record Report(String step, int created, boolean failed) {}

    /** Runs the steps in order; the stage never fails because a step did. */
    public CompletionStage<List<Report>> run(List<RestorationStep> steps) {
        CompletionStage<List<Report>> reports = CompletableFuture.completedFuture(List.of());
        for (RestorationStep step : steps) {
            reports = reports.thenCompose(before -> restore(step).thenApply(report -> {
                List<Report> all = new ArrayList<>(before);
                all.add(report);
                return all;
            }));
        }
        return reports;
    }

    private CompletionStage<Report> restore(RestorationStep step) {
        return leases.inTransaction(PoolName.PLATFORM, LeaseClass.TASK, HOLDER, HOLD, connection -> {
                    int created = create(connection, step);
                    Events.insert(connection, List.of(done(step, created)));
                    Alerts.clear(connection, source(step), ALERT);
                    return new Report(step.name(), created, false);
                })
                .exceptionallyCompose(failure -> failed(step, failure));
    }

    private int create(java.sql.Connection connection, RestorationStep step) throws Exception {
        List<TaskSpec> missing = step.missing(connection);
        int created = 0;
        for (int from = 0; from < missing.size(); from += BATCH) {
            List<NewTask> rows = new ArrayList<>();
            for (TaskSpec spec : missing.subList(from, Math.min(from + BATCH, missing.size()))) {
                if (spec.key() == null) {
                    throw new IllegalStateException("step " + step.name() + " asks for a task without a key");
                }
                rows.add(specs.row(spec));
            }
            created += (int) Tasks.create(connection, rows).stream()
                    .filter(Tasks.Created::created)
                    .count();
        }
        return created;
    }

    private Events.Event done(RestorationStep step, int created) {
        return new Events.Event(
                "restoration",
                node,
                null,
                null,
                null,
                step.name() + ": " + created + " created",
                Json.write(Map.of("step", step.name(), "created", created)));
    }

    private CompletionStage<Report> failed(RestorationStep step, Throwable failure) {
        LOG.warn("restoration step {} failed, the start goes on", step.name(), failure);
        Report report = new Report(step.name(), 0, true);
        String message = "restoration step " + step.name() + " failed: " + failure.getMessage();
        return leases.inTransaction(PoolName.PLATFORM, LeaseClass.CONTROL, HOLDER, HOLD, connection -> {
                    Events.insert(
                            connection,
                            List.of(new Events.Event(
                                    "restoration_failed",
                                    node,
                                    null,
                                    null,
                                    null,
                                    message,
                                    Json.write(Map.of("step", step.name(), "created", 0)))));
                    Alerts.raise(connection, new Alerts.Alert(source(step), ALERT, "error", message, null, null, null));
                    return report;
                })
                .exceptionally(again -> {
                    LOG.warn("the failure of restoration step {} could not be stored", step.name(), again);
                    return report;
                });
    }

    private static String source(RestorationStep step) {
        return "restoration/" + step.name();
    }
}
