package dev.leasehold.schedule;

import java.util.List;
import java.util.Random;
import java.util.StringJoiner;
import java.util.TreeSet;

/** Writes random cron expressions of six fields in the part of the syntax that other libraries read in the same way. */
final class RandomCron {

    private static final List<String> WEEKDAYS = List.of("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN");
    private static final List<String> MONTHS =
            List.of("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC");

    private final Random random;

    RandomCron(Random random) {
        this.random = random;
    }

    String secondsToHours() {
        return field(0, 59) + " " + field(0, 59) + " " + field(0, 23);
    }

    String month() {
        return random.nextInt(5) == 0 ? MONTHS.get(random.nextInt(12)) : field(1, 12);
    }

    /** Never a star. No W after the 27th: Spring misses such a day when it is a Sunday that ends the month. */
    String dayOfMonth() {
        return switch (random.nextInt(8)) {
            case 0 -> "L";
            case 1 -> "LW";
            case 2 -> (1 + random.nextInt(27)) + "W";
            case 3 -> "L-" + (1 + random.nextInt(27));
            default -> chosen(1, 31);
        };
    }

    /** Never a star; no steps from 0, which others count from Monday. */
    String dayOfWeek() {
        String day = WEEKDAYS.get(random.nextInt(7));
        return switch (random.nextInt(6)) {
            case 0 -> day + "L";
            case 1 -> day + "#" + (1 + random.nextInt(5));
            case 2 -> day;
            case 3 -> "MON-FRI";
            case 4 -> (1 + random.nextInt(6)) + "L";
            default -> chosen(1, 6);
        };
    }

    private String field(int lowest, int highest) {
        return switch (random.nextInt(6)) {
            case 0, 1 -> "*";
            case 2 -> "*/" + (1 + random.nextInt(highest - lowest));
            default -> chosen(lowest, highest);
        };
    }

    private String chosen(int lowest, int highest) {
        int from = between(lowest, highest);
        return switch (random.nextInt(4)) {
            case 0 -> String.valueOf(from);
            case 1 -> from + "-" + between(from, highest);
            case 2 -> from + "-" + between(from, highest) + "/" + (1 + random.nextInt(5));
            default -> {
                TreeSet<Integer> values = new TreeSet<>();
                for (int i = 0; i <= 1 + random.nextInt(3); i++) {
                    values.add(between(lowest, highest));
                }
                StringJoiner list = new StringJoiner(",");
                values.forEach(value -> list.add(String.valueOf(value)));
                yield list.toString();
            }
        };
    }

    private int between(int lowest, int highest) {
        return lowest + random.nextInt(highest - lowest + 1);
    }
}
