package dev.leasehold.schedule;

import dev.leasehold.schedule.ScheduleRules.Misfire;
import dev.leasehold.schedule.ScheduleRules.Overlap;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * A schedule under rules. Each <em>time</em> of the rhythm that lies between start and end and in no excluded day is due
 * once, at a <em>due time</em> that jitter may put later, but always before the next time. So due times keep the order
 * of their times, and the first time after a due time is the one that follows.
 *
 * @param rhythm once, every or cron
 */
public record Ruled(Schedule rhythm, ScheduleRules rules) implements Schedule {

    private static final Instant CHECKED_FROM = Instant.parse("2000-01-01T00:00:00Z");

    /**
     * Checks that the rules suit the rhythm and leave it a time.
     *
     * @throws IllegalArgumentException with the field that does not
     */
    public Ruled {
        if (rhythm instanceof Ruled) {
            throw new IllegalArgumentException("a schedule has one set of rules");
        }
        if (rhythm instanceof Once) {
            refuse(rules.start() != null, "start does not go with once: give at");
            refuse(rules.end() != null, "end does not go with once");
            refuse(rules.excluded() != null, "excluded does not go with once");
        }
        if (rhythm instanceof Every every) {
            refuse(
                    rules.jitter().compareTo(every.interval()) > 0,
                    "jitter (" + rules.jitter() + ") must not be above the interval (" + every.interval() + ")");
        }
        if (!(rhythm instanceof Cron) && !fixedRate(rhythm)) {
            refuse(rules.overlap() != Overlap.SKIP, "overlap goes with cron and fixed_rate only: others never overlap");
            refuse(rules.misfire() == Misfire.ALL, "misfire all goes with cron and fixed_rate only");
        }
        if (rhythm instanceof Cron || fixedRate(rhythm)) {
            Instant from = rules.start() == null ? CHECKED_FROM : rules.start();
            refuse(
                    new Times(rhythm, rules, from).from(from).isEmpty(),
                    "no time of the schedule is left by start, end and excluded");
        }
    }

    @Override
    public Instant first(Instant now) {
        Optional<Instant> first;
        if (rhythm instanceof Once once) {
            first = Optional.of(shifted(once.first(now)));
        } else if (delayed(rhythm)) {
            first = delayed(now);
        } else {
            Times times = new Times(rhythm, rules, now);
            // As without rules: a cron time is in the future, a fixed rate begins at once. To the microsecond, as kept.
            first = (rhythm instanceof Cron ? times.after(now) : times.from(now.truncatedTo(ChronoUnit.MICROS)))
                    .map(times::due);
        }
        return first.orElseThrow(() -> new IllegalArgumentException(
                "nothing is due after " + now + (rules.end() == null ? "" : ": end was " + rules.end())));
    }

    @Override
    public Optional<Instant> next(Instant dueAt, Instant finishedAt) {
        return next(dueAt, finishedAt, finishedAt);
    }

    @Override
    public Optional<Instant> next(Instant dueAt, Instant startedAt, Instant finishedAt) {
        if (rhythm instanceof Once) {
            return Optional.empty();
        }
        if (delayed(rhythm)) {
            return delayed(finishedAt.plus(((Every) rhythm).interval()));
        }
        Times times = new Times(rhythm, rules, dueAt);
        if (rules.misfire() == Misfire.ALL) {
            Optional<Instant> missed = times.dueAfter(earliest(finishedAt).minusNanos(1), dueAt);
            if (missed.isPresent() && !missed.get().isAfter(startedAt)) {
                return missed;
            }
        }
        if (rules.overlap() != Overlap.SKIP) {
            Optional<Instant> waiting = times.dueAfter(startedAt, dueAt);
            if (waiting.isPresent() && !waiting.get().isAfter(finishedAt)) {
                return waiting;
            }
        }
        return times.dueAfter(finishedAt, dueAt);
    }

    @Override
    public Start late(Instant dueAt, Instant now) {
        if (!dueAt.isBefore(earliest(now))) {
            return Start.Run.INSTANCE;
        }
        if (rhythm instanceof Once) {
            return new Start.LeaveOut(Optional.empty());
        }
        if (delayed(rhythm)) {
            return new Start.LeaveOut(delayed(now.plus(((Every) rhythm).interval())));
        }
        Times times = new Times(rhythm, rules, dueAt);
        return new Start.LeaveOut(times.dueAfter(earliest(now).minusNanos(1), dueAt));
    }

    @Override
    public Optional<Instant> cancelAt(Instant dueAt, Instant startedAt) {
        return rules.overlap() == Overlap.CANCEL
                ? new Times(rhythm, rules, dueAt).dueAfter(startedAt, dueAt)
                : Optional.empty();
    }

    @Override
    public Schedule settled(Instant now, long seed) {
        ScheduleRules settled = rules;
        if (fixedRate(rhythm) && rules.start() == null) {
            settled = settled.withStart(rules.end() != null && now.isAfter(rules.end()) ? rules.end() : now);
        }
        if (!rules.jitter().isZero() && rules.jitterSeed().isEmpty()) {
            settled = settled.withJitterSeed(seed);
        }
        return settled.equals(rules) ? this : new Ruled(rhythm, settled);
    }

    @Override
    public Schedule with(ScheduleRules value) {
        return rhythm.with(value);
    }

    /** A fixed delay has no times of its own: it is due when it may, counted from the end of the run before. */
    private Optional<Instant> delayed(Instant from) {
        Instant time = rules.start() == null ? from : later(from, rules.start());
        Instant allowed = rules.excluded() == null ? time : rules.excluded().leave(time);
        return rules.end() != null && allowed.isAfter(rules.end()) ? Optional.empty() : Optional.of(shifted(allowed));
    }

    private Instant shifted(Instant time) {
        return Times.shifted(time, rules, rules.jitter().toMillis());
    }

    /** The earliest due time that the misfire window still lets start now. */
    private Instant earliest(Instant now) {
        return rules.effectiveWindow().map(now::minus).orElse(Instant.MIN);
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    static boolean fixedRate(Schedule rhythm) {
        return rhythm instanceof Every every && every.mode() == Every.Mode.FIXED_RATE;
    }

    private static boolean delayed(Schedule rhythm) {
        return rhythm instanceof Every every && every.mode() == Every.Mode.FIXED_DELAY;
    }

    private static void refuse(boolean wrong, String message) {
        if (wrong) {
            throw new IllegalArgumentException(message);
        }
    }
}
