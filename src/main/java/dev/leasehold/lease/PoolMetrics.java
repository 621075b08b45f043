package dev.leasehold.lease;

import dev.leasehold.lease.ledger.Denial;
import dev.leasehold.lease.ledger.Ending;
import dev.leasehold.lease.ledger.LedgerView;
import dev.leasehold.lease.ledger.Retirement;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.DoubleSupplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** What one pool measures. Meters are made once; the labels are bounded. */
final class PoolMetrics {

    private static final Duration[] SHORT_STEPS = {
        Duration.ofNanos(100_000), Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofMillis(25),
        Duration.ofMillis(100), Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(10),
        Duration.ofSeconds(30), Duration.ofMinutes(5)
    };

    private static final List<String> STATES = List.of("idle", "opening", "leased", "cleaning", "retiring");

    private final MeterRegistry registry;
    private final Tags pool;
    private final Counter granted;
    private final Counter opened;
    private final Counter lateReleases;
    private final Counter refusedCalls;
    private final Counter dirtyReleases;
    private final Counter terminates;
    private final Counter abortsStuck;
    private final Counter cancelsSent;
    private final Counter cancelsLost;
    private final Timer hold;
    private final Timer idle;
    private final Timer cleaning;
    private final Timer opening;
    private final Map<LeaseClass, Timer> waits = new EnumMap<>(LeaseClass.class);
    private final AtomicIntegerArray waiting = new AtomicIntegerArray(LeaseClass.values().length);
    private final AtomicIntegerArray connections = new AtomicIntegerArray(STATES.size());
    private final Map<Ending, Counter> endings = new EnumMap<>(Ending.class);
    private final Map<Denial, Counter> denials = new EnumMap<>(Denial.class);
    private final Map<Retirement, Counter> retirements = new EnumMap<>(Retirement.class);
    private final Map<Corpse.Means, Timer> reclaims = new EnumMap<>(Corpse.Means.class);

    PoolMetrics(MeterRegistry registry, PoolName name) {
        this.registry = registry;
        this.pool = Tags.of("pool", name.label());
        this.granted = counter("leasehold_leases_granted", Tags.empty());
        this.opened = counter("leasehold_pool_opened", Tags.empty());
        this.lateReleases = counter("leasehold_leases_late_releases", Tags.empty());
        this.refusedCalls = counter("leasehold_lease_refused_calls", Tags.empty());
        this.dirtyReleases = counter("leasehold_leases_dirty_releases", Tags.empty());
        this.terminates = counter("leasehold_lease_terminates", Tags.empty());
        this.abortsStuck = counter("leasehold_lease_aborts_stuck", Tags.empty());
        this.cancelsSent = counter("leasehold_lease_cancels", Tags.of("sent", "yes"));
        this.cancelsLost = counter("leasehold_lease_cancels", Tags.of("sent", "no"));
        this.hold = timer("leasehold_pool_hold", Tags.empty());
        this.idle = timer("leasehold_pool_idle_in_lease", Tags.empty());
        this.cleaning = timer("leasehold_pool_cleaning", Tags.empty());
        this.opening = timer("leasehold_pool_opening", Tags.empty());
        for (LeaseClass each : LeaseClass.values()) {
            Tags tags = Tags.of("class", label(each));
            waits.put(each, timer("leasehold_pool_wait", tags));
            gauge("leasehold_pool_waiting", tags, waiting, counts -> counts.get(each.no()));
        }
        for (int no = 0; no < STATES.size(); no++) {
            int state = no;
            gauge("leasehold_pool_connections", Tags.of("state", STATES.get(no)), connections, c -> c.get(state));
        }
        for (Ending each : Ending.values()) {
            endings.put(each, counter("leasehold_leases_ended", Tags.of("how", each.label())));
        }
        for (Denial each : Denial.values()) {
            denials.put(each, counter("leasehold_leases_denied", Tags.of("reason", label(each))));
        }
        for (Retirement each : Retirement.values()) {
            retirements.put(each, counter("leasehold_pool_retired", Tags.of("why", label(each))));
        }
        for (Corpse.Means each : Corpse.Means.values()) {
            reclaims.put(each, timer("leasehold_lease_reclaim", Tags.of("by", each.label())));
        }
    }

    private static String label(Enum<?> word) {
        return word.name().toLowerCase(Locale.ROOT);
    }

    private Counter counter(String name, Tags tags) {
        return Counter.builder(name).tags(pool.and(tags)).register(registry);
    }

    private Timer timer(String name, Tags tags) {
        return Timer.builder(name)
                .tags(pool.and(tags))
                .serviceLevelObjectives(SHORT_STEPS)
                .register(registry);
    }

    private <T> void gauge(String name, Tags tags, T source, ToDoubleFunction<T> value) {
        Gauge.builder(name, source, value).tags(pool.and(tags)).register(registry);
    }

    void granted(LeaseClass leaseClass, long waitNanos) {
        granted.increment();
        waits.getOrDefault(leaseClass, hold).record(waitNanos, TimeUnit.NANOSECONDS);
    }

    /** @param idleNanos since the last call under the lease; 0 while one is inside */
    void ended(Ending how, long heldNanos, long idleNanos) {
        count(endings, how);
        hold.record(heldNanos, TimeUnit.NANOSECONDS);
        idle.record(idleNanos, TimeUnit.NANOSECONDS);
    }

    /** Who it was taken from; types are few. */
    void revoked(Ending how, @Nullable String type) {
        counter("leasehold_leases_revoked", Tags.of("cause", how.label(), "type", type == null ? "none" : type))
                .increment();
    }

    /** Read when somebody looks. */
    void watch(String name, DoubleSupplier value) {
        Gauge.builder(name, value, DoubleSupplier::getAsDouble)
                .tags(pool)
                .strongReference(true)
                .register(registry);
    }

    /** A call under a lease that has ended. */
    void refusedCall() {
        refusedCalls.increment();
    }

    void denied(Denial reason) {
        count(denials, reason);
    }

    void retired(Retirement why) {
        count(retirements, why);
    }

    private static <K> void count(Map<K, Counter> counters, K key) {
        Counter counter = counters.get(key);
        if (counter != null) {
            counter.increment();
        }
    }

    /** After each step of the guardian. */
    void show(LedgerView<?> ledger) {
        connections.lazySet(0, ledger.idle());
        connections.lazySet(1, ledger.opening());
        connections.lazySet(2, ledger.leased());
        connections.lazySet(3, ledger.cleaning());
        connections.lazySet(4, ledger.retiring());
        for (int classNo = 0; classNo < waiting.length(); classNo++) {
            waiting.lazySet(classNo, ledger.waiting(classNo));
        }
    }

    int waiting() {
        int sum = 0;
        for (int classNo = 0; classNo < waiting.length(); classNo++) {
            sum += waiting.get(classNo);
        }
        return sum;
    }

    void opened(long nanos) {
        opened.increment();
        opening.record(nanos, TimeUnit.NANOSECONDS);
    }

    /** The class of the SQLSTATE only, so that labels stay few. */
    void openFailed(String sqlState) {
        String kind = sqlState.length() < 2 ? "none" : sqlState.substring(0, 2);
        counter("leasehold_pool_open_failures", Tags.of("sqlstate_class", kind)).increment();
    }

    void cleaned(long nanos) {
        cleaning.record(nanos, TimeUnit.NANOSECONDS);
    }

    void reclaimed(long nanos, Corpse.Means means) {
        Timer timer = reclaims.get(means);
        if (timer != null) {
            timer.record(nanos, TimeUnit.NANOSECONDS);
        }
    }

    void dirtyRelease() {
        dirtyReleases.increment();
    }

    void lateRelease() {
        lateReleases.increment();
    }

    void terminated() {
        terminates.increment();
    }

    void abortStuck() {
        abortsStuck.increment();
    }

    void cancelSent(boolean arrived) {
        (arrived ? cancelsSent : cancelsLost).increment();
    }

    long openedCount() {
        return (long) opened.count();
    }

    long grantedCount() {
        return (long) granted.count();
    }

    long endedCount() {
        double sum = 0;
        for (Counter each : endings.values()) {
            sum += each.count();
        }
        // Two endings share a label and so a counter.
        Counter drained = endings.get(Ending.DRAINED);
        return (long) (sum - (drained == null ? 0 : drained.count()));
    }

    long endedCount(Ending how) {
        Counter counter = endings.get(how);
        return counter == null ? 0 : (long) counter.count();
    }

    long deniedCount(Denial reason) {
        Counter counter = denials.get(reason);
        return counter == null ? 0 : (long) counter.count();
    }

    long retiredCount(Retirement why) {
        Counter counter = retirements.get(why);
        return counter == null ? 0 : (long) counter.count();
    }
}
