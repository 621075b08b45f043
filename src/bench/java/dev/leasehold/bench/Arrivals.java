package dev.leasehold.bench;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * When each task reached its handler: the first line of every system's handler is {@link #arrived}, and there is no
 * other. Tasks are known by their number from 0.
 */
final class Arrivals {

    /** Nanoseconds of the process's clock; 0 as long as the task did not arrive. */
    private final AtomicLongArray at;

    private final AtomicInteger count = new AtomicInteger();
    private final AtomicInteger repeated = new AtomicInteger();
    private final AtomicLong first = new AtomicLong();

    Arrivals(int tasks) {
        this.at = new AtomicLongArray(tasks);
    }

    void arrived(int task) {
        long now = System.nanoTime();
        if (at.compareAndSet(task, 0, now)) {
            first.compareAndSet(0, now);
            count.incrementAndGet();
        } else {
            repeated.incrementAndGet();
        }
    }

    int count() {
        return count.get();
    }

    /** Runs beyond the first of a task; at least once is what all systems promise, but none should need it here. */
    int repeated() {
        return repeated.get();
    }

    long firstAt() {
        return first.get();
    }

    long at(int task) {
        return at.get(task);
    }
}
