package dev.leasehold.bench;

import java.time.Duration;
import java.time.Instant;

/** Waits for conditions of other threads and of the server. */
final class Waiting {

    private Waiting() {}

    /** May fail as SQL does. */
    @FunctionalInterface
    interface Condition<E extends Exception> {
        boolean holds() throws E;
    }

    /** Looks once a millisecond. */
    static <E extends Exception> void until(String what, Duration limit, Condition<E> condition)
            throws E, InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("waited " + limit.toSeconds() + " s in vain until " + what);
            }
            Thread.sleep(1);
        }
    }

    /** By the wall clock. */
    static void sleepUntil(Instant time) {
        try {
            Thread.sleep(Math.max(0, Duration.between(Instant.now(), time).toMillis()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** For threads that end by themselves. */
    static void joinOf(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
