package dev.leasehold.schedule;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.MonthDay;
import java.time.ZoneId;
import java.util.Set;

/**
 * Days on which nothing is due.
 *
 * @param zone in which the days begin and end
 * @param weekdays excluded in every week
 * @param dates excluded once
 * @param yearly excluded in every year; 29 February counts in leap years only
 */
public record ExcludedDays(ZoneId zone, Set<DayOfWeek> weekdays, Set<LocalDate> dates, Set<MonthDay> yearly) {

    /** Most single dates that are accepted. */
    public static final int MOST_DATES = 2000;

    /** Over so many years every day of the calendar meets every weekday; a day that is free turns up in them. */
    private static final int SEARCHED_DAYS = 366 * 41;

    public ExcludedDays {
        weekdays = Set.copyOf(weekdays);
        dates = Set.copyOf(dates);
        yearly = Set.copyOf(yearly);
        if (dates.size() > MOST_DATES) {
            throw new IllegalArgumentException(
                    "excluded dates must be at most " + MOST_DATES + ", not " + dates.size());
        }
        if (weekdays.isEmpty() && dates.isEmpty() && yearly.isEmpty()) {
            throw new IllegalArgumentException("excluded needs weekdays, dates or yearly days");
        }
        if (weekdays.size() == DayOfWeek.values().length || !leavesADay(weekdays, yearly)) {
            throw new IllegalArgumentException("excluded leaves no day on which anything could be due");
        }
    }

    /** Whether an instant lies in an excluded day. */
    public boolean contains(Instant instant) {
        return contains(date(instant));
    }

    /** Whether a day is excluded. */
    public boolean contains(LocalDate date) {
        return weekdays.contains(date.getDayOfWeek()) || dates.contains(date) || yearly.contains(MonthDay.from(date));
    }

    /** The instant itself when it is in no excluded day, else the start of the next day that is not excluded. */
    Instant leave(Instant instant) {
        LocalDate date = date(instant);
        if (!contains(date)) {
            return instant;
        }
        // A day that the zone left out altogether starts where the next one does, so the loop looks at instants.
        Instant start = instant;
        while (contains(date) || contains(start)) {
            date = date.plusDays(1);
            start = startOf(date);
        }
        return start;
    }

    /** The start of the day after the one in which an instant lies. */
    Instant endOfDay(Instant instant) {
        return startOf(date(instant).plusDays(1));
    }

    private Instant startOf(LocalDate date) {
        return date.atStartOfDay(zone).toInstant();
    }

    private LocalDate date(Instant instant) {
        return LocalDate.ofInstant(instant, zone);
    }

    private static boolean leavesADay(Set<DayOfWeek> weekdays, Set<MonthDay> yearly) {
        LocalDate date = LocalDate.of(2000, 1, 1);
        for (int i = 0; i < SEARCHED_DAYS; i++, date = date.plusDays(1)) {
            if (!weekdays.contains(date.getDayOfWeek()) && !yearly.contains(MonthDay.from(date))) {
                return true;
            }
        }
        return false;
    }
}
