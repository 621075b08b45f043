package dev.leasehold.task;

import java.time.Duration;

/**
 * How often and how soon a failed run is attempted again.
 *
 * @param maxAttempts attempts of one run, the first included; 1 means no retry
 * @param backoff wait before the second attempt
 * @param factor growth of the wait from one attempt to the next
 * @param maxBackoff longest wait
 * @param jitter share of the wait that is random, 0 to 1; keeps tasks that failed together from coming back together
 */
public record RetryPolicy(int maxAttempts, Duration backoff, double factor, Duration maxBackoff, double jitter) {

    /** Five attempts, one second doubling up to an hour. */
    public static final RetryPolicy DEFAULT = new RetryPolicy(5, Duration.ofSeconds(1), 2, Duration.ofHours(1), 0.2);

    public RetryPolicy {
        check(maxAttempts >= 1 && maxAttempts <= 1000, "max_attempts must be 1 to 1000, not " + maxAttempts);
        check(!backoff.isNegative(), "backoff must not be negative, not " + backoff);
        check(backoff.compareTo(Duration.ofDays(366)) <= 0, "backoff must be at most P366D, not " + backoff);
        check(factor >= 1 && factor <= 100, "factor must be 1 to 100, not " + factor);
        check(maxBackoff.compareTo(backoff) >= 0, "max_backoff (" + maxBackoff + ") must not be below backoff");
        check(maxBackoff.compareTo(Duration.ofDays(366)) <= 0, "max_backoff must be at most P366D, not " + maxBackoff);
        check(jitter >= 0 && jitter <= 1, "jitter must be 0 to 1, not " + jitter);
    }

    /** A policy of a single attempt. */
    public static RetryPolicy none() {
        return new RetryPolicy(1, Duration.ZERO, 1, Duration.ZERO, 0);
    }

    /**
     * The wait after a failed attempt.
     *
     * @param attempt the attempt that failed, from 1
     * @param random between 0 (inclusive) and 1 (exclusive); decides the jitter
     */
    public Duration waitAfter(int attempt, double random) {
        double plain = (double) backoff.toMillis() * Math.pow(factor, attempt - 1.0);
        double capped = Math.min(plain, (double) maxBackoff.toMillis());
        return Duration.ofMillis((long) (capped * (1 - jitter + 2 * jitter * random)));
    }

    private static void check(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
