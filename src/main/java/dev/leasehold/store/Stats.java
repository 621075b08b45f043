package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;

/** The totals since the first start. They outlive the history and never shrink. */
public final class Stats {

    private Stats() {}

    /** Counts of one type, or of all. */
    public record Counts(long found, long executed, long failed, long skipped, long cancelled, long retried) {

        public static final Counts NONE = new Counts(0, 0, 0, 0, 0, 0);

        public Counts plus(Counts other) {
            return new Counts(
                    found + other.found,
                    executed + other.executed,
                    failed + other.failed,
                    skipped + other.skipped,
                    cancelled + other.cancelled,
                    retried + other.retried);
        }
    }

    /** Totals by type, and the number of check cycles. */
    public record Totals(long checkCycles, Map<String, Counts> byType) {

        public Counts all() {
            return byType.values().stream().reduce(Counts.NONE, Counts::plus);
        }
    }

    private static final String READ = """
            SELECT type, sum(found) AS found, sum(executed) AS executed, sum(failed) AS failed, sum(skipped) AS skipped,
                   sum(cancelled) AS cancelled, sum(retried) AS retried,
                   (SELECT value FROM leasehold.setting WHERE name = 'check_cycles') AS cycles
            FROM (
                SELECT type, found, executed, failed, skipped, cancelled, retried FROM leasehold.stat
                UNION ALL
                SELECT type, found, executed, failed, skipped, cancelled, retried FROM leasehold.stat_delta
            ) AS c
            GROUP BY type
            """;

    private static final String CYCLES = "SELECT value FROM leasehold.setting WHERE name = 'check_cycles'";

    public static Totals read(Connection connection) throws SQLException {
        Map<String, Counts> byType = new TreeMap<>();
        long cycles = 0;
        try (PreparedStatement statement = connection.prepareStatement(READ);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                cycles = row.getLong("cycles");
                byType.put(
                        row.getString("type"),
                        new Counts(
                                row.getLong("found"),
                                row.getLong("executed"),
                                row.getLong("failed"),
                                row.getLong("skipped"),
                                row.getLong("cancelled"),
                                row.getLong("retried")));
            }
        }
        return new Totals(byType.isEmpty() ? cycles(connection) : cycles, byType);
    }

    private static long cycles(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CYCLES);
                ResultSet row = statement.executeQuery()) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    /**
     * What waits and is not under way, counted no further than a bound, so that a long backlog costs no more than a short one.
     *
     * @param due tasks that are due now, at most the bound
     * @param oldestDueSeconds how long the first of them has waited
     */
    public record Waiting(long due, double oldestDueSeconds, long active, long needsIntervention) {}

    private static final String WAITING = """
            WITH due AS (
                SELECT d.due_at
                FROM leasehold.lane l
                CROSS JOIN generate_series(0, 3) AS p (priority)
                CROSS JOIN LATERAL (
                    SELECT t.id, t.due_at FROM leasehold.task t
                    WHERE t.state = 'active' AND t.lane = l.no AND t.priority = p.priority AND t.due_at <= now()
                    ORDER BY t.due_at, t.id LIMIT 1000
                ) AS d
                WHERE NOT EXISTS (SELECT FROM leasehold.running r WHERE r.task_id = d.id)
            )
            , active AS (
                SELECT FROM leasehold.lane l
                CROSS JOIN generate_series(0, 3) AS p (priority)
                CROSS JOIN LATERAL (
                    SELECT FROM leasehold.task t
                    WHERE t.state = 'active' AND t.lane = l.no AND t.priority = p.priority
                    ORDER BY t.due_at, t.id LIMIT 10000
                ) AS a
                LIMIT 10000
            )
            SELECT (SELECT count(*) FROM due) AS due,
                   coalesce((SELECT extract(epoch FROM now() - min(due_at)) FROM due), 0) AS oldest,
                   (SELECT count(*) FROM active) AS active,
                   (SELECT count(*) FROM leasehold.task WHERE state = 'needs_intervention') AS needs_intervention
            """;

    public static Waiting waiting(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(WAITING);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return new Waiting(
                    row.getLong("due"),
                    row.getDouble("oldest"),
                    row.getLong("active"),
                    row.getLong("needs_intervention"));
        }
    }
}
