package dev.leasehold.schedule;

import java.util.List;
import java.util.function.Function;

/**
 * Values of a cron field and how lists, ranges and steps of them are written. A range may run over the end of the field
 * ({@code FRI-MON}, {@code 22-2}).
 *
 * @param lowest the smallest value
 * @param highest the largest value
 * @param size how many different values there are: 7 days of the week although 0 and 7 are both Sunday
 * @param names of the values from {@code lowest} on; may be empty
 */
record CronRange(String field, int lowest, int highest, int size, List<String> names) {

    static final CronRange SECONDS = new CronRange("second", 0, 59, 60, List.of());
    static final CronRange MINUTES = new CronRange("minute", 0, 59, 60, List.of());
    static final CronRange HOURS = new CronRange("hour", 0, 23, 24, List.of());
    static final CronRange DAYS = new CronRange("day of month", 1, 31, 31, List.of());
    static final CronRange MONTHS = new CronRange(
            "month",
            1,
            12,
            12,
            List.of("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"));
    static final CronRange WEEKDAYS =
            new CronRange("day of week", 0, 7, 7, List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"));

    /** The values of a comma-separated list as bits. */
    long read(String list, Function<String, IllegalArgumentException> wrong) {
        long values = 0;
        for (String part : list.split(",", -1)) {
            values |= part(part, wrong);
        }
        return values;
    }

    private long part(String part, Function<String, IllegalArgumentException> wrong) {
        int slash = part.indexOf('/');
        String range = slash < 0 ? part : part.substring(0, slash);
        int step = slash < 0 ? 1 : step(part, part.substring(slash + 1), wrong);
        int dash = range.indexOf('-');
        int from;
        int to;
        if (range.equals("*")) {
            from = lowest;
            to = lowest + size - 1;
        } else if (dash >= 0) {
            from = one(range.substring(0, dash), wrong);
            to = one(range.substring(dash + 1), wrong);
            to = to < from ? to + size : to;
        } else {
            from = one(range, wrong);
            to = slash < 0 ? from : Math.max(from, lowest + size - 1);
        }
        long values = 0;
        for (int value = from; value <= to; value += step) {
            values |= 1L << (lowest + (value - lowest) % size);
        }
        return values;
    }

    private int step(String part, String text, Function<String, IllegalArgumentException> wrong) {
        if (!text.matches("\\d{1,2}") || Integer.parseInt(text) < 1 || Integer.parseInt(text) > size) {
            throw wrong.apply("has '" + part + "' as " + field + "; the step after / must be 1 to " + size);
        }
        return Integer.parseInt(text);
    }

    /** One value, by number or name. */
    int one(String text, Function<String, IllegalArgumentException> wrong) {
        int name = names.indexOf(text);
        if (name >= 0) {
            return lowest + name;
        }
        if (!text.matches("\\d{1,2}") || Integer.parseInt(text) < lowest || Integer.parseInt(text) > highest) {
            throw wrong.apply("has '" + text + "' as " + field + "; known are " + lowest + " to " + highest
                    + (names.isEmpty() ? "" : " and " + names.get(0) + " to " + names.get(names.size() - 1)));
        }
        return Integer.parseInt(text);
    }
}
