package dev.leasehold.schedule;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * When a schedule would be due, for a person to look at before it is used. Each run is taken to start at once and to end
 * in no time.
 *
 * @param zone whose wall clock is shown: the expression's, else that of the excluded days, else UTC
 * @param times the next due times, with the zone's offset
 * @param clockChange the next change of the zone's clock; empty where it never changes again, and for kinds that do not
 *     have times of their own
 */
public record SchedulePreview(ZoneId zone, List<OffsetDateTime> times, Optional<ClockChange> clockChange) {

    /** How many times are shown if nothing else is asked for. */
    public static final int USUAL_TIMES = 20;

    /** Most times that are shown. */
    public static final int MOST_TIMES = 1000;

    private static final Duration AROUND = Duration.ofDays(2);
    private static final int MOST_AROUND = 10;

    /**
     * A change of the clock, and the due times within two days of it, at most ten on each side.
     *
     * @param at the instant of the change
     * @param kind what it does to the wall clock
     * @param from the wall clock when the change begins
     * @param to the wall clock after it
     */
    public record ClockChange(
            Instant at,
            Kind kind,
            OffsetDateTime from,
            OffsetDateTime to,
            List<OffsetDateTime> timesBefore,
            List<OffsetDateTime> timesAfter) {}

    /** What a change does to the wall clock. */
    public enum Kind {
        /** Local times are left out. */
        GAP,
        /** Local times are shown twice. */
        OVERLAP
    }

    /** The next {@value #USUAL_TIMES} times of a schedule for a task that is created at {@code now}. */
    public static SchedulePreview of(Schedule schedule, Instant now) {
        return of(schedule, now, USUAL_TIMES);
    }

    /**
     * The next times of a schedule for a task that is created at {@code now}.
     *
     * @param count how many, 1 to {@value #MOST_TIMES}
     * @throws IllegalArgumentException when nothing is due from then on
     */
    public static SchedulePreview of(Schedule schedule, Instant now, int count) {
        if (count < 1 || count > MOST_TIMES) {
            throw new IllegalArgumentException("count must be 1 to " + MOST_TIMES + ", not " + count);
        }
        ZoneId zone = zone(schedule);
        Schedule settled = schedule.settled(now, 0);
        List<OffsetDateTime> times = new ArrayList<>();
        Optional<Instant> due = Optional.of(settled.first(now));
        while (due.isPresent() && times.size() < count) {
            times.add(local(due.get(), zone));
            due = settled.next(due.get(), due.get());
        }
        Schedule rhythm = schedule.rhythm();
        boolean bound = rhythm instanceof Cron || Ruled.fixedRate(rhythm);
        Optional<ClockChange> change = Optional.ofNullable(
                        bound ? zone.getRules().nextTransition(now) : null)
                .map(transition -> around(transition, settled, now, zone));
        return new SchedulePreview(zone, times, change);
    }

    private static ClockChange around(ZoneOffsetTransition transition, Schedule settled, Instant now, ZoneId zone) {
        Instant at = transition.getInstant();
        Instant earliest = at.minus(AROUND).isBefore(now) ? now : at.minus(AROUND);
        List<OffsetDateTime> before = new ArrayList<>();
        for (Instant time : nearest(settled, earliest, at)) {
            before.add(local(time, zone));
        }
        List<OffsetDateTime> after = new ArrayList<>();
        Optional<Instant> due = first(settled, at.minusNanos(1));
        while (due.isPresent() && !due.get().isAfter(at.plus(AROUND)) && after.size() < MOST_AROUND) {
            after.add(local(due.get(), zone));
            due = settled.next(due.get(), due.get());
        }
        return new ClockChange(
                at,
                transition.isGap() ? Kind.GAP : Kind.OVERLAP,
                transition.getDateTimeBefore().atOffset(transition.getOffsetBefore()),
                transition.getDateTimeAfter().atOffset(transition.getOffsetAfter()),
                List.copyOf(before),
                List.copyOf(after));
    }

    /** The last ten due times before an instant, looked for in ever longer stretches, so that dense schedules are quick. */
    private static List<Instant> nearest(Schedule settled, Instant earliest, Instant before) {
        Duration stretch = Duration.ofSeconds(MOST_AROUND);
        while (true) {
            Instant from = before.minus(stretch).isBefore(earliest) ? earliest : before.minus(stretch);
            List<Instant> found = new ArrayList<>();
            Optional<Instant> due = first(settled, from);
            while (due.isPresent() && due.get().isBefore(before)) {
                found.add(due.get());
                due = settled.next(due.get(), due.get());
            }
            if (found.size() >= MOST_AROUND || from.equals(earliest)) {
                return found.subList(Math.max(0, found.size() - MOST_AROUND), found.size());
            }
            stretch = stretch.multipliedBy(2);
        }
    }

    private static Optional<Instant> first(Schedule schedule, Instant from) {
        try {
            return Optional.of(schedule.first(from));
        } catch (IllegalArgumentException over) {
            return Optional.empty();
        }
    }

    private static ZoneId zone(Schedule schedule) {
        Schedule rhythm = schedule.rhythm();
        ExcludedDays excluded = schedule.rules().excluded();
        if (rhythm instanceof Cron cron) {
            return cron.zone();
        }
        return excluded == null ? ZoneOffset.UTC : excluded.zone();
    }

    private static OffsetDateTime local(Instant instant, ZoneId zone) {
        return instant.atZone(zone).toOffsetDateTime();
    }
}
