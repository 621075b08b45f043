package dev.leasehold.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reads cron expressions; what is wrong is said with the field and the part in which it is. */
final class CronParser {

    /** Longest expression that is read. */
    static final int LONGEST = 500;

    private static final Map<String, String> NICKNAMES = Map.of(
            "@yearly", "0 0 1 1 *",
            "@annually", "0 0 1 1 *",
            "@monthly", "0 0 1 * *",
            "@weekly", "0 0 * * 0",
            "@daily", "0 0 * * *",
            "@midnight", "0 0 * * *",
            "@hourly", "0 * * * *");

    private final String expression;

    private CronParser(String expression) {
        this.expression = expression;
    }

    /**
     * Parses five fields, six with seconds first, or a nickname.
     *
     * @throws IllegalArgumentException when it is none of them
     */
    static CronFields parse(String expression) {
        return new CronParser(expression).parse();
    }

    private CronFields parse() {
        if (expression.length() > LONGEST) {
            throw new IllegalArgumentException("cron expression is longer than " + LONGEST + " characters");
        }
        String plain = expression;
        if (expression.startsWith("@")) {
            plain = NICKNAMES.get(expression.toLowerCase(Locale.ROOT));
            if (plain == null) {
                throw wrong("knows the nicknames "
                        + String.join(", ", NICKNAMES.keySet().stream().sorted().toList()));
            }
        }
        String[] parts = plain.toUpperCase(Locale.ROOT).split("\\s+", -1);
        if (parts.length != 5 && parts.length != 6) {
            throw wrong("needs five fields (minute, hour, day of month, month, day of week) or six with seconds first"
                    + (parts.length == 7 ? "; for years use start and end" : "") + ", not " + parts.length);
        }
        int at = parts.length - 5;
        return new CronFields(
                at == 0 ? 1 : CronRange.SECONDS.read(parts[0], this::wrong),
                CronRange.MINUTES.read(parts[at], this::wrong),
                (int) CronRange.HOURS.read(parts[at + 1], this::wrong),
                days(parts[at + 2], parts[at + 4]),
                (int) CronRange.MONTHS.read(parts[at + 3], this::wrong));
    }

    private CronDays days(String ofMonth, String ofWeek) {
        List<CronDays.Part> byMonth = new ArrayList<>();
        for (String part : orAny(ofMonth).split(",", -1)) {
            byMonth.add(dayOfMonth(part));
        }
        List<CronDays.Part> byWeek = new ArrayList<>();
        for (String part : orAny(ofWeek).split(",", -1)) {
            byWeek.add(dayOfWeek(part));
        }
        return new CronDays(byMonth, byWeek, chosen(ofMonth) && chosen(ofWeek));
    }

    private static String orAny(String field) {
        return field.equals("?") ? "*" : field;
    }

    /** As crontab has it: only of two fields without a star does one suffice. */
    private static boolean chosen(String field) {
        return !field.contains("*") && !field.equals("?");
    }

    private CronDays.Part dayOfMonth(String part) {
        if (part.endsWith("W")) {
            String day = part.substring(0, part.length() - 1);
            return new CronDays.NearestWeekday(
                    day.startsWith("L")
                            ? fromLast(part, day)
                            : new CronDays.Days(1 << CronRange.DAYS.one(day, this::wrong)));
        }
        if (part.startsWith("L")) {
            return fromLast(part, part);
        }
        return new CronDays.Days((int) CronRange.DAYS.read(part, this::wrong));
    }

    private CronDays.Part fromLast(String part, String text) {
        if (text.equals("L")) {
            return new CronDays.FromLast(0);
        }
        if (!text.matches("L-\\d{1,2}") || Integer.parseInt(text.substring(2)) > 30) {
            throw wrong(
                    "has '" + part + "' as day of month; with L only L, L-1 to L-30, LW and L-1W to L-30W are known");
        }
        return new CronDays.FromLast(Integer.parseInt(text.substring(2)));
    }

    private CronDays.Part dayOfWeek(String part) {
        int hash = part.indexOf('#');
        if (hash >= 0) {
            String nth = part.substring(hash + 1);
            if (!nth.matches("[1-5]")) {
                throw wrong("has '" + part + "' as day of week; after # comes 1 to 5");
            }
            return new CronDays.NthWeekday(
                    CronRange.WEEKDAYS.one(part.substring(0, hash), this::wrong) % 7, Integer.parseInt(nth));
        }
        if (part.equals("L")) {
            throw wrong("has L alone as day of week; write the last Friday of a month as FRIL or 5L");
        }
        if (part.endsWith("L")) {
            return new CronDays.LastWeekday(
                    CronRange.WEEKDAYS.one(part.substring(0, part.length() - 1), this::wrong) % 7);
        }
        return new CronDays.Weekdays((int) CronRange.WEEKDAYS.read(part, this::wrong));
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException("cron expression '" + expression + "' " + what);
    }
}
