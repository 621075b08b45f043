package dev.leasehold.engine.cycle;

import dev.leasehold.engine.flush.Settled;
import dev.leasehold.store.Completion;
import dev.leasehold.store.DueTask;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What this node did since its start: for the API, and as metrics. */
public final class SessionCounters {

    private record Key(String type, String outcome) {}

    private final MeterRegistry registry;
    private final Map<Key, Counter> runs = new ConcurrentHashMap<>();
    private final Map<String, Timer> seconds = new ConcurrentHashMap<>();
    private final Map<String, Counter> restarts = new ConcurrentHashMap<>();
    private final Timer pickup;
    private final Timer flush;
    private final Counter fencedWrites;
    private final Counter cyclesTotal;
    private final Counter rowLocked;
    private final LongAdder cycles = new LongAdder();
    private final LongAdder found = new LongAdder();
    private final LongAdder executed = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder skipped = new LongAdder();
    private final LongAdder cancelled = new LongAdder();
    private final LongAdder retried = new LongAdder();
    private final LongAdder fenced = new LongAdder();
    private volatile @Nullable Instant lastCycleAt;
    private volatile CycleView view = CycleView.NONE;

    public SessionCounters(MeterRegistry registry) {
        this.registry = registry;
        this.pickup = histogram("leasehold_task_pickup_seconds", "from due time to the first line of the handler");
        this.flush = histogram("leasehold_flush_seconds", "one flush of results, its lease included");
        this.fencedWrites = registry.counter("leasehold_fenced_writes");
        this.cyclesTotal = registry.counter("leasehold_check_cycles");
        this.rowLocked = registry.counter("leasehold_flush_row_locked");
    }

    private Timer histogram(String name, String description) {
        return Timer.builder(name)
                .description(description)
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(1))
                .maximumExpectedValue(Duration.ofSeconds(30))
                .register(registry);
    }

    /** Runs handed out. */
    public void found(int count) {
        found.add(count);
    }

    /** A run that is over. */
    public void settled(Settled settled) {
        if (settled.how() == Settled.How.FENCED) {
            fenced.increment();
            fencedWrites.increment();
        }
        if (!settled.isRecorded()) {
            return;
        }
        Completion completion = settled.completion();
        DueTask task = settled.run().task();
        if (!completion.isFinal()) {
            retried.increment();
        } else {
            switch (completion.outcome()) {
                case "success", "partial" -> executed.increment();
                case "failed" -> failed.increment();
                case "skipped" -> skipped.increment();
                default -> cancelled.increment();
            }
        }
        runs.computeIfAbsent(
                        new Key(task.type(), completion.outcome()),
                        key -> Counter.builder("leasehold_runs")
                                .tag("type", key.type())
                                .tag("outcome", key.outcome())
                                .register(registry))
                .increment();
        seconds.computeIfAbsent(
                        task.type(),
                        type -> Timer.builder("leasehold_run_seconds")
                                .tag("type", type)
                                .register(registry))
                .record(Duration.between(completion.startedAt(), completion.finishedAt()));
        Duration waited = Duration.between(task.dueAt(), completion.startedAt());
        pickup.record(waited.isNegative() ? Duration.ZERO : waited);
    }

    /** A flush is through. */
    public void flushed(Duration took, int locked) {
        flush.record(took);
        rowLocked.increment(locked);
    }

    /** A run starts again because its lease was taken back. */
    public void restarted(String type) {
        restarts.computeIfAbsent(
                        type,
                        t -> Counter.builder("leasehold_lease_restarts")
                                .tag("type", t)
                                .register(registry))
                .increment();
    }

    void cycle(Instant at) {
        cycles.increment();
        cyclesTotal.increment();
        lastCycleAt = at;
    }

    void publish(CycleView now) {
        view = now;
    }

    /** How the check cycle stood a moment ago. */
    public CycleView view() {
        return view;
    }

    public long cycles() {
        return cycles.sum();
    }

    public long found() {
        return found.sum();
    }

    public long executed() {
        return executed.sum();
    }

    public long failed() {
        return failed.sum();
    }

    public long skipped() {
        return skipped.sum();
    }

    public long cancelled() {
        return cancelled.sum();
    }

    public long retried() {
        return retried.sum();
    }

    public long fenced() {
        return fenced.sum();
    }

    public @Nullable Instant lastCycleAt() {
        return lastCycleAt;
    }
}
