package dev.leasehold.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Everything measured: a row for each figure of each system in each round, and what went wrong. */
final class Results {

    private final List<Row> rows = new ArrayList<>();
    private final Map<String, Map<String, String>> settings = new LinkedHashMap<>();
    private final List<String> failures = new ArrayList<>();

    /** As in report.json. */
    record Row(String system, String figure, double value) {}

    void add(String system, String figure, double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(figure + " of " + system + " is " + value);
        }
        rows.add(new Row(system, figure, value));
        System.out.printf("  %-14s %-46s %,14.3f%n", system, figure, value);
    }

    void settings(String system, Map<String, String> of) {
        settings.putIfAbsent(system, of);
    }

    void failed(String what, Exception cause) {
        failures.add(what + ": " + cause);
        System.out.printf("  FAILED %s: %s%n", what, cause);
    }

    List<Row> rows() {
        return List.copyOf(rows);
    }

    Map<String, Map<String, String>> settings() {
        return settings;
    }

    List<String> failures() {
        return failures;
    }

    /** The figures in the order in which they were first measured. */
    List<String> figures() {
        return rows.stream().map(Row::figure).distinct().toList();
    }

    List<String> systems(String figure) {
        return rows.stream()
                .filter(row -> row.figure().equals(figure))
                .map(Row::system)
                .distinct()
                .toList();
    }

    /** The values of all rounds, sorted. */
    double[] values(String system, String figure) {
        return rows.stream()
                .filter(row -> row.system().equals(system) && row.figure().equals(figure))
                .mapToDouble(Row::value)
                .sorted()
                .toArray();
    }

    /** Empty when it was not measured. */
    OptionalDouble median(String system, String figure) {
        double[] values = values(system, figure);
        int half = values.length / 2;
        if (values.length == 0) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(values.length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2);
    }
}
