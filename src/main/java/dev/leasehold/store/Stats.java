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
     * What a fold has done.
     *
     * @param rows deltas that are in the totals now
     * @param position the largest id of them; where there were none, the one that was passed
     */
    public record Folded(int rows, long position) {}

    /** At most so many deltas are folded at once; who gets so many calls again. */
    public static final int FOLD_MAX = 10_000;

    // Of no lane (-1): the rows by lane are of nodes of before. Sorted, so that two who fold take the totals in one
    // order.
    // By the places of the rows, which nobody moves: a join would read all that was folded and is not cleared away yet.
    private static final String FOLD = """
            WITH folded AS (
                DELETE FROM leasehold.stat_delta
                WHERE ctid = ANY (ARRAY(
                    SELECT ctid FROM leasehold.stat_delta WHERE id > ? ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED
                ))
                RETURNING *
            ),
            totals AS (
                INSERT INTO leasehold.stat AS s (type, lane, day, found, executed, failed, skipped, cancelled, retried)
                SELECT type, -1, day, sum(found), sum(executed), sum(failed), sum(skipped), sum(cancelled), sum(retried)
                FROM folded
                GROUP BY type, day
                ORDER BY type, day
                ON CONFLICT (type, lane, day) DO UPDATE
                SET found = s.found + excluded.found, executed = s.executed + excluded.executed,
                    failed = s.failed + excluded.failed, skipped = s.skipped + excluded.skipped,
                    cancelled = s.cancelled + excluded.cancelled, retried = s.retried + excluded.retried
            )
            SELECT count(*), max(id) FROM folded
            """;

    /**
     * Adds deltas to the totals; the sum of both stays. Nodes may do it at the same time. To be sent on a session whose plans
     * read no table whole.
     *
     * @param after only deltas with larger ids; 0 for all. Ids are not in the order of COMMITs, so who passes more than 0
     *     folds all of them now and then
     */
    public static Folded fold(Connection connection, long after) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FOLD)) {
            statement.setLong(1, after);
            statement.setInt(2, FOLD_MAX);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                int rows = row.getInt(1);
                return new Folded(rows, rows == 0 ? after : row.getLong(2));
            }
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
