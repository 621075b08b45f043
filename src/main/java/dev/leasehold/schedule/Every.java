package dev.leasehold.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** A run at once and then one each interval; the mode says from where the interval is counted. */
public record Every(Duration interval, Mode mode) implements Schedule {

    /** Shortest interval that is accepted: a shorter one is a busy loop, not a schedule. */
    public static final Duration SHORTEST = Duration.ofMillis(100);

    /** Longest interval that is accepted. */
    public static final Duration LONGEST = Duration.ofDays(3660);

    /** From where the interval is counted. */
    public enum Mode {
        /** From the end of a run. */
        FIXED_DELAY,
        /** From the due time of a run; times that passed meanwhile are skipped, the rhythm is kept. */
        FIXED_RATE
    }

    public Every {
        if (interval.compareTo(SHORTEST) < 0 || interval.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "interval must be between " + SHORTEST + " and " + LONGEST + ", not " + interval);
        }
    }

    @Override
    public Instant first(Instant now) {
        return now;
    }

    @Override
    public Optional<Instant> next(Instant dueAt, Instant finishedAt) {
        if (mode == Mode.FIXED_DELAY) {
            return Optional.of(finishedAt.plus(interval));
        }
        Duration late = Duration.between(dueAt, finishedAt);
        long passed = late.isNegative() ? 0 : late.dividedBy(interval);
        return Optional.of(dueAt.plus(interval.multipliedBy(passed + 1)));
    }
}
