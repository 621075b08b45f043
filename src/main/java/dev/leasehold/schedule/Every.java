package dev.leasehold.schedule;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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
        if (!interval.truncatedTo(ChronoUnit.MILLIS).equals(interval)) {
            throw new IllegalArgumentException("interval must be whole milliseconds, not " + interval);
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
        return Optional.of(after(dueAt, dueAt.isAfter(finishedAt) ? dueAt : finishedAt));
    }

    @Override
    public Schedule settled(Instant now, long seed) {
        return mode == Mode.FIXED_RATE ? new Ruled(this, ScheduleRules.NONE.withStart(now)) : this;
    }

    /** The first time of a fixed rate that is counted from {@code anchor}, strictly after an instant. */
    Instant after(Instant anchor, Instant instant) {
        if (instant.isBefore(anchor)) {
            return anchor;
        }
        long passed = Duration.between(anchor, instant).dividedBy(interval);
        return anchor.plus(interval.multipliedBy(passed + 1));
    }
}
