package dev.leasehold.lease;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What outlasts the life of a guardian: what it was told about its end, which start of the server its connections are
 * of, and how often it has failed. Used by one guardian after the other.
 */
final class StandingOrders {

    private static final int FAILURES_MAX = 10;
    private static final Duration FAILURES_WITHIN = Duration.ofMinutes(1);
    private static final int EARLIER_MAX = 1_000;

    /** Of a connection: the server's start that it belongs to. */
    enum Generation {
        SAME,
        /** No connection of an earlier one is of any use. */
        NEW,
        /** The connection was made before the server went away. */
        EARLIER
    }

    private final Deque<Long> births = new ArrayDeque<>();
    private final Set<String> earlier = new HashSet<>();
    private @Nullable String generation;
    private final AtomicInteger generations = new AtomicInteger();
    private boolean draining;
    private PoolGuardian.@Nullable Close close;

    /** At the birth of a guardian: false when too many came before it within a minute. */
    boolean mayLive(long now) {
        births.addLast(now);
        while (now - births.getFirst() > FAILURES_WITHIN.toNanos()) {
            births.removeFirst();
        }
        return births.size() <= FAILURES_MAX + 1;
    }

    /** Which generation a connection is of that was just made; a new one becomes the present one. */
    Generation of(String startedAt) {
        if (generation == null) {
            begin(startedAt);
            return Generation.SAME;
        }
        if (generation.equals(startedAt)) {
            return Generation.SAME;
        }
        if (earlier.contains(startedAt)) {
            return Generation.EARLIER;
        }
        if (earlier.size() == EARLIER_MAX) {
            earlier.clear();
        }
        earlier.add(generation);
        begin(startedAt);
        return Generation.NEW;
    }

    private void begin(String startedAt) {
        generation = startedAt;
        generations.incrementAndGet();
    }

    /** How many servers, or starts of one, this pool has met; for display, from any thread. */
    int generation() {
        return generations.get();
    }

    boolean draining() {
        return draining;
    }

    void drain() {
        draining = true;
    }

    PoolGuardian.@Nullable Close close() {
        return close;
    }

    /** Null once it is done. */
    void setClose(PoolGuardian.@Nullable Close order) {
        close = order;
    }
}
