package dev.leasehold.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
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
        return samples(IntStream.range(first, next));
    }

    /**
     * A steady load from four threads. What the system could not take in by the end is left out. Early and late are the
     * first and the last tenth.
     */
    Loaded loaded(int perSecond, int seconds) throws Exception {
        int first = next;
        int tasks = perSecond * seconds;
        next += tasks;
        ExecutorService loaders = Executors.newFixedThreadPool(LOADERS);
        long startedAt = System.nanoTime();
        long endAt = startedAt + seconds * 1_000_000_000L;
        try {
            List<Callable<Void>> loads = new ArrayList<>();
            for (int loader = 0; loader < LOADERS; loader++) {
                int own = loader;
                loads.add(() -> {
                    for (int no = own; no < tasks && System.nanoTime() < endAt; no += LOADERS) {
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
        long lasted = System.nanoTime() - startedAt;
        awaitAll();
        int[] taken = IntStream.range(first, next).filter(this::isEnqueued).toArray();
        int tenth = taken.length / 10;
        return new Loaded(
                taken.length * 1e9 / lasted,
                samples(Arrays.stream(taken)),
                samples(Arrays.stream(taken, 0, tenth)),
                samples(Arrays.stream(taken, taken.length - tenth, taken.length)));
    }

    private void enqueue(int task) throws Exception {
        contender.enqueue(task);
        committedAt[task] = System.nanoTime();
    }

    private void awaitAll() throws InterruptedException {
        long enqueued = IntStream.range(0, next).filter(this::isEnqueued).count();
        Waiting.until("all " + enqueued + " tasks were picked up", limit, () -> arrivals.count() == enqueued);
    }

    private boolean isEnqueued(int task) {
        return committedAt[task] != 0;
    }

    private Samples samples(IntStream tasks) {
        return Samples.of(
                tasks.mapToLong(task -> arrivals.at(task) - committedAt[task]).toArray());
    }
}
