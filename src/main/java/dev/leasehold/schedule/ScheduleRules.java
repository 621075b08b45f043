package dev.leasehold.schedule;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What bounds a schedule, and what becomes of times that could not be kept.
 *
 * @param start nothing is due before; a fixed rate is counted from it
 * @param end nothing is due after
 * @param excluded days on which nothing is due
 * @param jitter each due time comes later by less than this; never as late as the next one. Zero: none
 * @param jitterSeed of the jitter; empty until {@link Schedule#settled}. The same seed and time give the same jitter
 * @param misfire what happens to times at which no run could start
 * @param misfireWindow how late a run may start; a time missed by more is not made up for. Empty: the policy's own
 * @param overlap what happens to times that come while a run is still going
 */
public record ScheduleRules(
        @Nullable Instant start,
        @Nullable Instant end,
        @Nullable ExcludedDays excluded,
        Duration jitter,
        OptionalLong jitterSeed,
        Misfire misfire,
        Optional<Duration> misfireWindow,
        Overlap overlap) {

    /** Largest jitter that is accepted. */
    public static final Duration MOST_JITTER = Duration.ofHours(24);

    /** Smallest misfire window that is accepted. */
    public static final Duration LEAST_WINDOW = Duration.ofSeconds(1);

    /** Largest misfire window that is accepted, but for {@link Misfire#ALL}. */
    public static final Duration MOST_WINDOW = Duration.ofDays(366);

    /** Largest window of {@link Misfire#ALL}; it bounds how many runs are made up for after a long time without a node. */
    public static final Duration MOST_FOR_ALL = Duration.ofDays(31);

    /** What a schedule has for which nothing was said. After the bounds, which its making checks. */
    public static final ScheduleRules NONE = new ScheduleRules(
            null, null, null, Duration.ZERO, OptionalLong.empty(), Misfire.ONCE, Optional.empty(), Overlap.SKIP);

    /** What happens to due times at which no run could start, since no node was there or the task was paused. */
    public enum Misfire {
        /** They are left out; a run is still started up to a minute late, if no other window is given. */
        SKIP(Duration.ofMinutes(1)),
        /** One run makes up for all of them, however late, if no window is given. */
        ONCE(null),
        /** Each is run, one after the other, up to a day late, if no other window is given. */
        ALL(Duration.ofHours(24));

        private final @Nullable Duration window;

        Misfire(@Nullable Duration window) {
            this.window = window;
        }
    }

    /** What happens to due times that come while a run of the same task is still going. */
    public enum Overlap {
        /** They are left out. */
        SKIP,
        /** They wait until the run is over. */
        QUEUE,
        /** The next of them cancels the run and takes its place. */
        CANCEL
    }

    public ScheduleRules {
        // As the due times are kept: a time with a finer rest would come after itself, and be run again.
        start = start == null ? null : start.truncatedTo(ChronoUnit.MICROS);
        if (start != null && end != null && start.isAfter(end)) {
            throw new IllegalArgumentException("start (" + start + ") must not be after end (" + end + ")");
        }
        if (jitter.isNegative()
                || jitter.compareTo(MOST_JITTER) > 0
                || !jitter.truncatedTo(ChronoUnit.MILLIS).equals(jitter)) {
            throw new IllegalArgumentException(
                    "jitter must be whole milliseconds between PT0S and " + MOST_JITTER + ", not " + jitter);
        }
        Duration most = misfire == Misfire.ALL ? MOST_FOR_ALL : MOST_WINDOW;
        if (misfireWindow.isPresent()
                && (misfireWindow.get().compareTo(LEAST_WINDOW) < 0
                        || misfireWindow.get().compareTo(most) > 0)) {
            throw new IllegalArgumentException("misfire_window must be between " + LEAST_WINDOW + " and " + most
                    + (misfire == Misfire.ALL ? " with misfire all" : "") + ", not " + misfireWindow.get());
        }
    }

    public ScheduleRules withStart(Instant value) {
        return new ScheduleRules(value, end, excluded, jitter, jitterSeed, misfire, misfireWindow, overlap);
    }

    public ScheduleRules withEnd(Instant value) {
        return new ScheduleRules(start, value, excluded, jitter, jitterSeed, misfire, misfireWindow, overlap);
    }

    public ScheduleRules withExcluded(ExcludedDays value) {
        return new ScheduleRules(start, end, value, jitter, jitterSeed, misfire, misfireWindow, overlap);
    }

    public ScheduleRules withJitter(Duration value) {
        return new ScheduleRules(start, end, excluded, value, jitterSeed, misfire, misfireWindow, overlap);
    }

    public ScheduleRules withJitterSeed(long value) {
        return new ScheduleRules(start, end, excluded, jitter, OptionalLong.of(value), misfire, misfireWindow, overlap);
    }

    public ScheduleRules withMisfire(Misfire value) {
        return new ScheduleRules(start, end, excluded, jitter, jitterSeed, value, misfireWindow, overlap);
    }

    public ScheduleRules withMisfireWindow(Duration value) {
        return new ScheduleRules(start, end, excluded, jitter, jitterSeed, misfire, Optional.of(value), overlap);
    }

    public ScheduleRules withOverlap(Overlap value) {
        return new ScheduleRules(start, end, excluded, jitter, jitterSeed, misfire, misfireWindow, value);
    }

    /** How late a run may start; empty: however late. */
    public Optional<Duration> effectiveWindow() {
        return misfireWindow.or(() -> Optional.ofNullable(misfire.window));
    }
}
