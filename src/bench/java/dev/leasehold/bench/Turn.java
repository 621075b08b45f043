package dev.leasehold.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One slice of time in which a number of owners work in closed loops: each asks for a connection, uses it, gives it back
 * and asks again. What they waited for is recorded.
 */
final class Turn {

    private final long endAt;
    private final long startedAt;
    private final List<Recorder> recorders;
    private final CountDownLatch atWork;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    Turn(int owners, long millis) {
        this.startedAt = System.nanoTime();
        this.endAt = startedAt + millis * 1_000_000;
        this.recorders =
                IntStream.range(0, owners).mapToObj(no -> new Recorder(owners)).toList();
        this.atWork = new CountDownLatch(owners);
    }

    /** Starts one owner, which calls {@link #done} in the end. */
    @FunctionalInterface
    interface Owner {
        void start(Turn turn, Recorder recorder);
    }

    /** Several turns of one kind, added up. */
    static final class Total {
        private final List<Recorder> recorders = new ArrayList<>();
        private long nanos;

        void add(Turn turn, long lasted) {
            recorders.addAll(turn.recorders);
            nanos += lasted;
        }

        Samples waits() {
            return Recorder.all(recorders);
        }

        double perSecond() {
            return recorders.stream().mapToLong(Recorder::measured).sum() * 1e9 / nanos;
        }
    }

    /** Runs it to its end. */
    static void run(int owners, long millis, Owner owner, Total total) throws InterruptedException {
        Turn turn = new Turn(owners, millis);
        turn.recorders.forEach(recorder -> owner.start(turn, recorder));
        turn.atWork.await();
        Throwable failed = turn.failure.get();
        if (failed != null) {
            throw new IllegalStateException("an owner failed", failed);
        }
        total.add(turn, System.nanoTime() - turn.startedAt);
    }

    boolean isOver() {
        return System.nanoTime() >= endAt;
    }

    void done() {
        atWork.countDown();
    }

    void failed(Throwable cause) {
        failure.compareAndSet(null, cause);
        atWork.countDown();
    }
}
