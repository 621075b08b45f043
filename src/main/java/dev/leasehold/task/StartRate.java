package dev.leasehold.task;

import java.time.Duration;

/**
 * How often runs may start: at most so many in any stretch of time as long as the window.
 *
 * @param starts 1 to {@value #STARTS_MAX}
 * @param window a millisecond to 31 days
 */
public record StartRate(int starts, Duration window) {

    /** The owner of a key remembers each of them. */
    public static final int STARTS_MAX = 10_000;

    /** Shorter ones are below what clocks of two machines agree on. */
    public static final Duration WINDOW_MIN = Duration.ofMillis(1);

    /** Longer ones would be forgotten before they are over. */
    public static final Duration WINDOW_MAX = Duration.ofDays(31);

    public StartRate {
        if (starts < 1 || starts > STARTS_MAX) {
            throw new IllegalArgumentException("starts must be 1 to " + STARTS_MAX + ", not " + starts);
        }
        if (window.compareTo(WINDOW_MIN) < 0 || window.compareTo(WINDOW_MAX) > 0) {
            throw new IllegalArgumentException(
                    "window must be " + WINDOW_MIN + " to " + WINDOW_MAX + ", not " + window);
        }
    }

    @Override
    public String toString() {
        return starts + " starts in " + window;
    }
}
