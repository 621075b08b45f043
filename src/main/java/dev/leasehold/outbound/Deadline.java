package dev.leasehold.outbound;

import java.time.Duration;
import java.util.function.LongSupplier;

/** The end of a call in monotonic time. */
record Deadline(long atNanos, LongSupplier nanoTime) {

    static Deadline in(Duration limit, LongSupplier nanoTime) {
        return new Deadline(nanoTime.getAsLong() + limit.toNanos(), nanoTime);
    }

    /** What is left of it, at most {@code limit}; zero or less once it has passed. */
    long nanosLeft(Duration limit) {
        return Math.min(limit.toNanos(), atNanos - nanoTime.getAsLong());
    }
}
