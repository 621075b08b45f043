package dev.leasehold.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Puts single tasks in at a given pace, whether or not the earlier ones have run, and measures the time from the return
 * of the enqueuing COMMIT to the first line of the handler. A task may be picked up before the call that put it in has
 * returned; its time is negative then, and is kept so.
 */
final class Pickup {

    private static final int IDLE_MILLIS_MIN = 25;
    private static final int IDLE_MILLIS_MAX = 75;
    private static final int LOADERS = 4;
    private static final long SEED = 42;

    private final Contender contender;
    private final Arrivals arrivals;
    private final Duration limit;
    private final long[] committedAt;
    private int next;

    /**
     * @param tasks how many will be put in, by all calls together
     * @param limit a system that falls behind by more than this is not waited for
     */
    Pickup(Contender contender, Arrivals arrivals, int tasks, Duration limit) {
        this.contender = contender;
        this.arrivals = arrivals;
        this.limit = limit;
        this.committedAt = new long[tasks];
    }

    /** What a load showed. */
    record Loaded(double enqueuedPerSecond, Samples all, Samples early, Samples late) {}

    /** One task every 50 ms on average, at random moments, so that no poll interval is hit in step. */
    Samples idle(int tasks) throws Exception {
        Random random = new Random(SEED);
        int first = next;
        next += tasks;
        for (int task = first; task < next; task++) {
            Thread.sleep(random.nextInt(IDLE_MILLIS_MIN, IDLE_MILLIS_MAX + 1));
            enqueue(task);
        }
        awaitAll();
        return samples(first, next);
    }

    /** A steady load from four threads. Early and late are the first and the last tenth of it. */
    Loaded loaded(int perSecond, int seconds) throws Exception {
        int first = next;
        int tasks = perSecond * seconds;
        next += tasks;
        ExecutorService loaders = Executors.newFixedThreadPool(LOADERS);
        long startedAt = System.nanoTime();
        try {
            List<Callable<Void>> loads = new ArrayList<>();
            for (int loader = 0; loader < LOADERS; loader++) {
                int own = loader;
                loads.add(() -> {
                    for (int no = own; no < tasks; no += LOADERS) {
                        LockSupport.parkNanos(startedAt + no * 1_000_000_000L / perSecond - System.nanoTime());
                        enqueue(first + no);
                    }
                    return null;
                });
            }
            for (Future<Void> load : loaders.invokeAll(loads)) {
                load.get();
            }
        } finally {
            loaders.shutdownNow();
        }
        double rate = tasks * 1e9 / (System.nanoTime() - startedAt);
        awaitAll();
        return new Loaded(
                rate, samples(first, next), samples(first, first + tasks / 10), samples(next - tasks / 10, next));
    }

    private void enqueue(int task) throws Exception {
        contender.enqueue(task);
        committedAt[task] = System.nanoTime();
    }

    private void awaitAll() throws InterruptedException {
        Waiting.until("all " + next + " tasks were picked up", limit, () -> arrivals.count() == next);
    }

    private Samples samples(int from, int to) {
        return Samples.of(IntStream.range(from, to)
                .mapToLong(task -> arrivals.at(task) - committedAt[task])
                .toArray());
    }
}
