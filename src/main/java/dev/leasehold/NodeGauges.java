package dev.leasehold;

import dev.leasehold.admin.api.Database;
import dev.leasehold.engine.Engine;
import dev.leasehold.lease.SqlWork;
import dev.leasehold.store.Backends;
import dev.leasehold.store.Stats;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What is measured of the whole rather than counted as it happens: lanes, due tasks, how far the database is held back.
 * What only the database knows is read when somebody looks, one read at a time. Nobody waits long for it: while the
 * database does not answer, a look shows the last numbers, and then none.
 */
final class NodeGauges {

    private static final Duration PATIENCE = Duration.ofMillis(500);

    private final Database database;
    private final AtomicBoolean reading = new AtomicBoolean();
    private volatile @Nullable Numbers last;

    private record Numbers(Stats.Waiting waiting, long xminAge) {}

    NodeGauges(Database database, Engine engine, MeterRegistry registry) {
        this.database = database;
        Gauge.builder(
                        "leasehold_lanes_owned",
                        engine,
                        owner -> owner.status().owned().size())
                .strongReference(true)
                .register(registry);
        gauge("leasehold_tasks_due", numbers -> numbers.waiting().due(), registry);
        gauge("leasehold_tasks_oldest_due_seconds", numbers -> numbers.waiting().oldestDueSeconds(), registry);
        gauge("leasehold_db_xmin_age_transactions", Numbers::xminAge, registry);
    }

    private void gauge(String name, ToDoubleFunction<Numbers> value, MeterRegistry registry) {
        Gauge.builder(name, this, gauges -> {
                    Numbers numbers = gauges.last;
                    return numbers == null ? Double.NaN : value.applyAsDouble(numbers);
                })
                .strongReference(true)
                .register(registry);
    }

    /** Ends once the numbers are fresh, and otherwise soon; it never fails. */
    CompletionStage<?> refreshed() {
        if (!reading.compareAndSet(false, true)) {
            return CompletableFuture.completedFuture(null);
        }
        SqlWork<Numbers> work = connection -> new Numbers(Stats.waiting(connection), Backends.xminAge(connection));
        return database.read("metrics", work)
                .handle((numbers, failure) -> {
                    last = failure == null ? numbers : null;
                    reading.set(false);
                    return true;
                })
                .toCompletableFuture()
                .completeOnTimeout(false, PATIENCE.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS);
    }
}
