package dev.leasehold.schedule;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.YearMonth;
import java.util.Optional;

/**
 * A parsed cron expression as bit sets, on a clock that never changes: bit n of a set stands for the value n.
 *
 * @param days which days of a month match
 */
record CronFields(long seconds, long minutes, int hours, CronDays days, int months) {

    /** The Gregorian calendar, weekdays included, repeats after so many years: what is not found by then never is. */
    static final int CYCLE_YEARS = 400;

    private static final int EVERY_HOUR = (1 << 24) - 1;

    boolean everyHour() {
        return hours == EVERY_HOUR;
    }

    /** The first match at or after a local time (in whole seconds), or empty when there is none within 400 years. */
    Optional<LocalDateTime> atOrAfter(LocalDateTime from) {
        LocalDate day = from.toLocalDate();
        if (matches(day)) {
            int second = secondOfDay(from.toLocalTime());
            if (second >= 0) {
                return Optional.of(day.atTime(LocalTime.ofSecondOfDay(second)));
            }
        }
        return dayAfter(day).map(found -> found.atTime(firstTime()));
    }

    private boolean matches(LocalDate day) {
        return has(months, day.getMonthValue()) && has(days.in(YearMonth.from(day)), day.getDayOfMonth());
    }

    private Optional<LocalDate> dayAfter(LocalDate day) {
        YearMonth month = YearMonth.from(day);
        YearMonth last = month.plusYears(CYCLE_YEARS);
        int after = day.getDayOfMonth();
        while (!month.isAfter(last)) {
            if (has(months, month.getMonthValue())) {
                int next = atLeast(days.in(month), after + 1);
                if (next >= 0) {
                    return Optional.of(month.atDay(next));
                }
            }
            month = month.plusMonths(1);
            after = 0;
        }
        return Optional.empty();
    }

    private LocalTime firstTime() {
        return LocalTime.of(atLeast(hours, 0), atLeast(minutes, 0), atLeast(seconds, 0));
    }

    /** The first matching second of the day at or after a time, -1 when the rest of the day has none. */
    private int secondOfDay(LocalTime from) {
        int second =
                has(hours, from.getHour()) && has(minutes, from.getMinute()) ? atLeast(seconds, from.getSecond()) : -1;
        if (second >= 0) {
            return (from.getHour() * 60 + from.getMinute()) * 60 + second;
        }
        int minute = has(hours, from.getHour()) ? atLeast(minutes, from.getMinute() + 1) : -1;
        if (minute >= 0) {
            return (from.getHour() * 60 + minute) * 60 + atLeast(seconds, 0);
        }
        int hour = atLeast(hours, from.getHour() + 1);
        return hour < 0 ? -1 : (hour * 60 + atLeast(minutes, 0)) * 60 + atLeast(seconds, 0);
    }

    private static boolean has(long set, int value) {
        return (set >>> value & 1) != 0;
    }

    private static int atLeast(long set, int value) {
        long rest = set >>> value << value;
        return rest == 0 ? -1 : Long.numberOfTrailingZeros(rest);
    }
}
