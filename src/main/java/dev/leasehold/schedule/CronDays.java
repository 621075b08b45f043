package dev.leasehold.schedule;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.List;

/**
 * The two day fields of a cron expression. Days of a month are the bits 1 to 31 of an int.
 *
 * @param ofMonth the parts of the day-of-month field
 * @param ofWeek the parts of the day-of-week field
 * @param either whether a day needs to match only one of the fields; else both
 */
record CronDays(List<Part> ofMonth, List<Part> ofWeek, boolean either) {

    /** One part of a field's list. */
    interface Part {
        /** The days of a month that match. */
        int in(YearMonth month);
    }

    /** Plain days of the month, as bits. */
    record Days(int days) implements Part {
        @Override
        public int in(YearMonth month) {
            return days;
        }
    }

    /** So many days before the last day of the month; none where the month is too short. */
    record FromLast(int before) implements Part {
        @Override
        public int in(YearMonth month) {
            int day = month.lengthOfMonth() - before;
            return day < 1 ? 0 : 1 << day;
        }
    }

    /** The weekday of the same month that is nearest to the one day of another part. */
    record NearestWeekday(Part of) implements Part {
        @Override
        public int in(YearMonth month) {
            int length = month.lengthOfMonth();
            int day = Integer.numberOfTrailingZeros(of.in(month));
            if (day > length) {
                return 0;
            }
            return 1
                    << switch (month.atDay(day).getDayOfWeek()) {
                        case SATURDAY -> day == 1 ? 3 : day - 1;
                        case SUNDAY -> day == length ? day - 2 : day + 1;
                        default -> day;
                    };
        }
    }

    /** Plain days of the week, as the bits 0 (Sunday) to 6. */
    record Weekdays(int days) implements Part {
        @Override
        public int in(YearMonth month) {
            int weekday = weekdayOfFirst(month);
            int matching = 0;
            for (int day = 1; day <= 31; day++) {
                if ((days >>> ((weekday + day - 1) % 7) & 1) != 0) {
                    matching |= 1 << day;
                }
            }
            return matching;
        }
    }

    /** The first to fifth of a weekday in the month. */
    record NthWeekday(int weekday, int nth) implements Part {
        @Override
        public int in(YearMonth month) {
            int first = 1 + Math.floorMod(weekday - weekdayOfFirst(month), 7);
            int day = first + 7 * (nth - 1);
            return day > 31 ? 0 : 1 << day;
        }
    }

    /** The last of a weekday in the month. */
    record LastWeekday(int weekday) implements Part {
        @Override
        public int in(YearMonth month) {
            LocalDate last = month.atEndOfMonth();
            int back = Math.floorMod(number(last.getDayOfWeek()) - weekday, 7);
            return 1 << (last.getDayOfMonth() - back);
        }
    }

    /** The days of this month that match; as a long, in which day 31 is no sign. */
    long in(YearMonth month) {
        long existing = (1L << (month.lengthOfMonth() + 1)) - 2;
        int byMonth = any(ofMonth, month);
        int byWeek = any(ofWeek, month);
        return (either ? byMonth | byWeek : byMonth & byWeek) & existing;
    }

    private static int any(List<Part> parts, YearMonth month) {
        int days = 0;
        for (Part part : parts) {
            days |= part.in(month);
        }
        return days;
    }

    private static int weekdayOfFirst(YearMonth month) {
        return number(month.atDay(1).getDayOfWeek());
    }

    private static int number(DayOfWeek weekday) {
        return weekday.getValue() % 7;
    }
}
