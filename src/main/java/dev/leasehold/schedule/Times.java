package dev.leasehold.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The times of a cron expression or a fixed rate that its rules leave, and their due times. */
final class Times {

    private static final Instant NEVER = Instant.parse("9999-12-31T23:59:59Z");

    /** Days that are looked at before the search for one that is not excluded is given up: the calendar's cycle. */
    private static final int MOST_EXCLUDED = 146_097;

    private final Schedule rhythm;
    private final ScheduleRules rules;
    private final Instant anchor;

    /**
     * @param unanchored from where a fixed rate is counted that has no start: a due time. With jitter no due time is
     *     good for that, and the clock's own multiples of the interval are taken
     */
    Times(Schedule rhythm, ScheduleRules rules, Instant unanchored) {
        this.rhythm = rhythm;
        this.rules = rules;
        Instant start = rules.start();
        if (start != null) {
            this.anchor = start;
        } else {
            this.anchor = rules.jitter().isZero() ? unanchored : Instant.EPOCH;
        }
    }

    /** The first time at or after an instant. */
    Optional<Instant> from(Instant instant) {
        return after(instant.equals(Instant.MIN) ? instant : instant.minusNanos(1));
    }

    /** The first time strictly after an instant. */
    Optional<Instant> after(Instant instant) {
        Instant start = rules.start();
        Instant from = start != null && instant.isBefore(start) ? start.minusNanos(1) : instant;
        ExcludedDays excluded = rules.excluded();
        Optional<Instant> time = plain(from);
        for (int tries = 0; time.isPresent() && inTime(time.get()); tries++) {
            if (excluded == null || !excluded.contains(time.get())) {
                return time;
            }
            if (tries == MOST_EXCLUDED) {
                return Optional.empty();
            }
            time = plain(excluded.leave(time.get()).minusNanos(1));
        }
        return Optional.empty();
    }

    /** The first due time after an instant, of the times that come after {@code dueAt}. */
    Optional<Instant> dueAfter(Instant instant, Instant dueAt) {
        if (!rules.jitter().isZero() && dueAt.isBefore(instant)) {
            // The last time up to the instant may still be due after it.
            Optional<Instant> shifted = last(dueAt, instant).map(this::due).filter(due -> due.isAfter(instant));
            if (shifted.isPresent()) {
                return shifted;
            }
        }
        return after(dueAt.isAfter(instant) ? dueAt : instant).map(this::due);
    }

    /** When a time is due: with its jitter, yet before the next time, the end and an excluded day. */
    Instant due(Instant time) {
        long room = rules.jitter().toMillis();
        if (room == 0) {
            return time;
        }
        Optional<Instant> next = after(time);
        if (next.isPresent()) {
            room = Math.min(room, Duration.between(time, next.get()).toMillis());
        }
        return shifted(time, rules, room);
    }

    /** A time with its jitter, which is less than {@code room} milliseconds and ends before the end and excluded days. */
    static Instant shifted(Instant time, ScheduleRules rules, long room) {
        long left = room;
        Instant end = rules.end();
        if (end != null) {
            left = Math.min(left, Duration.between(time, end).toMillis() + 1);
        }
        ExcludedDays excluded = rules.excluded();
        if (excluded != null) {
            // A day of jitter can reach over one midnight, and over a second one when the clock is put forward between.
            Instant midnight = excluded.endOfDay(time);
            if (excluded.contains(midnight) || excluded.contains(time.plusMillis(left))) {
                long today = Duration.between(time, midnight).toMillis();
                left = Math.min(left, today);
            }
        }
        return time.plusMillis(Jitter.millis(rules.jitterSeed().orElse(0), time, left));
    }

    /** The last time after one instant and up to another, found by halving; exact to the millisecond between times. */
    private Optional<Instant> last(Instant after, Instant upTo) {
        Instant low = after;
        Instant high = upTo;
        Optional<Instant> found = upTo(low, upTo);
        while (found.isPresent() && Duration.between(low, high).toMillis() > 0) {
            Instant middle = low.plusMillis((Duration.between(low, high).toMillis() + 1) / 2);
            Optional<Instant> later = upTo(middle, upTo);
            if (later.isPresent()) {
                found = later;
                low = middle;
            } else {
                high = middle.minusMillis(1);
            }
        }
        return found;
    }

    private Optional<Instant> upTo(Instant after, Instant limit) {
        return after(after).filter(time -> !time.isAfter(limit));
    }

    private boolean inTime(Instant time) {
        Instant end = rules.end();
        return !time.isAfter(end == null ? NEVER : end);
    }

    private Optional<Instant> plain(Instant after) {
        if (rhythm instanceof Cron cron) {
            return cron.after(after);
        }
        return rhythm instanceof Every every ? Optional.of(every.after(anchor, after)) : Optional.empty();
    }
}
