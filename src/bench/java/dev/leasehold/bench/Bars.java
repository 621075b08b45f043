package dev.leasehold.bench;

import java.util.OptionalDouble;

/** The figures that Leasehold set itself, each as met or missed in this run. */
final class Bars {

    private static final String OURS = "leasehold";

    private final Results results;

    Bars(Results results) {
        this.results = results;
    }

    /** Appends nothing when Leasehold was not measured. */
    void append(StringBuilder text) {
        if (results.rows().stream().noneMatch(row -> row.system().equals(OURS))) {
            return;
        }
        text.append("## Bars\n\n| figure | bar | measured | |\n|---|---|---:|---|\n");
        atLeast(text, "drain, × db-scheduler", 10, ratio("drain_per_second", "db-scheduler"));
        atLeast(text, "drain, share of raw", 0.33, ratio("drain_per_second", "raw"));
        atLeast(text, "bulk insert a second", 50_000, results.median(OURS, "insert_per_second"));
        atMost(text, "pickup p50, ms", 3, results.median(OURS, "pickup_ms_p50"));
        atMost(text, "pickup p99, ms", 20, results.median(OURS, "pickup_ms_p99"));
        atMost(text, "WAL a task, bytes", 1536, results.median(OURS, "wal_bytes_per_task"));
        atMost(text, "transactions a task", 0.05, results.median(OURS, "transactions_per_task"));
        atMost(text, "connections", BenchSettings.CONNECTIONS, results.median(OURS, "connections_max"));
        atLeast(text, "drain with a held transaction, share of the plain", 0.9, toPlain("_held_transaction"));
        atLeast(text, "drain with 1 M future tasks, share of the plain", 0.9, toPlain("_million_future"));
        atMost(text, "pickup p50 with 1 M future tasks, × the plain", 1.1, pickupWithFuture("pickup_ms_p50"));
        atMost(text, "pickup p99 with 1 M future tasks, × the plain", 1.1, pickupWithFuture("pickup_ms_p99"));
        atLeast(
                text,
                "taken of 800 a second beside 10 min of a held transaction",
                792,
                results.median(OURS, "enqueued_per_second_held_10_min"));
        atMost(text, "pickup p99 in its last minute, × the first", 1.25, pickupLate());
        atMost(text, "lease grant p50, µs", 5, results.median(OURS, "lease_us_p50"));
        atMost(text, "lease grant p99, µs", 50, results.median(OURS, "lease_us_p99"));
        atMost(text, "reclaim p50, ms", 10, results.median(OURS, "lease_reclaim_ms_p50"));
        atMost(text, "reclaim p99, ms", 100, results.median(OURS, "lease_reclaim_ms_p99"));
        for (int owners : LeaseBenchmark.OWNERS) {
            String of = LeaseBenchmark.suffix(owners);
            shareOfHikari(text, "1 ms transactions", owners, 0.95, "lease_throughput_1ms" + of);
            shareOfHikari(text, "single statements", owners, 0.90, "lease_throughput_single" + of);
        }
        text.append('\n');
    }

    private void shareOfHikari(StringBuilder text, String what, int owners, double bar, String figure) {
        String whose = what + ", share of HikariCP, owners: " + owners;
        atLeast(text, whose, bar, ratio(figure, "hikari"));
        atLeast(
                text,
                whose + ", on their own threads",
                bar,
                quotient(results.median(LeaseBenchmark.ON_OWN_THREAD, figure), results.median("hikari", figure)));
    }

    private OptionalDouble toPlain(String variant) {
        return quotient(results.median(OURS, "drain_per_second" + variant), results.median(OURS, "drain_per_second"));
    }

    private OptionalDouble pickupWithFuture(String figure) {
        return quotient(results.median(OURS, figure + "_million_future"), results.median(OURS, figure));
    }

    private OptionalDouble pickupLate() {
        return quotient(
                results.median(OURS, "pickup_ms_p99_held_last_minute"),
                results.median(OURS, "pickup_ms_p99_held_first_minute"));
    }

    private OptionalDouble ratio(String figure, String other) {
        return quotient(results.median(OURS, figure), results.median(other, figure));
    }

    private static OptionalDouble quotient(OptionalDouble value, OptionalDouble other) {
        return value.isEmpty() || other.isEmpty() || other.getAsDouble() == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(value.getAsDouble() / other.getAsDouble());
    }

    private static void atLeast(StringBuilder text, String what, double bar, OptionalDouble measured) {
        line(text, what, "≥ " + Report.number(bar), measured, measured.orElse(0) >= bar);
    }

    private static void atMost(StringBuilder text, String what, double bar, OptionalDouble measured) {
        line(text, what, "≤ " + Report.number(bar), measured, measured.orElse(0) <= bar);
    }

    private static void line(StringBuilder text, String what, String bar, OptionalDouble measured, boolean met) {
        if (measured.isPresent()) {
            text.append("| ")
                    .append(what)
                    .append(" | ")
                    .append(bar)
                    .append(" | ")
                    .append(Report.number(measured.getAsDouble()))
                    .append(met ? " | met |\n" : " | **missed** |\n");
        }
    }
}
