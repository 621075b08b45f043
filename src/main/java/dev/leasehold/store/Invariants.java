package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * What must hold of the rows, whatever happened: looked for by the doctor and by every node in the background. Nothing here
 * is expected to be found; what is, came by statements of others, a restored backup, or a fault of ours.
 */
public final class Invariants {

    private Invariants() {}

    /** What is looked for. */
    public enum Check {
        /** A lane that the number of lanes asks for has no row: nobody can own it. */
        LANE_MISSING,
        /** An active task in a lane that there is not: nobody reads it. */
        TASK_IN_NO_LANE,
        /** A task that counts as live and is never due. */
        TASK_NEVER_DUE,
        /** A stopped task that was to be tried once more by itself, and has lost the time for it. */
        STOPPED_FOR_EVER,
        /** A task that waits for others, of which none is left. */
        BLOCKED_BY_NOTHING,
        /** Others wait for a task that has ended, and no word of its end is left. */
        END_NOT_TOLD,
        /** An entry of a run under way that nobody can end: its task is gone, or its lane has had a later owner. */
        LEDGER_WITHOUT_OWNER,
        /** A counter that does not equal a recount of the history. */
        COUNTER_WRONG,
        /** Within two days there would be no partition to write to. */
        PARTITION_MISSING;

        /** As answers and events write it. */
        public String label() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /**
     * One thing that does not hold.
     *
     * @param subject what it is about: {@code task/42}, {@code lane/7}, {@code stat/sql/2026-11-21}
     */
    public record Finding(Check check, String subject, String message) {}

    /** Findings of one kind at once; the next look finds the next ones. */
    private static final int MOST = 1000;

    /** Partitions that must be there from today on. */
    private static final int DAYS_AHEAD = 2;

    private static final int DAYS_MADE = 7;

    private static final String MISSING_LANES = """
            SELECT 'lane/' || n, 'lane ' || n || ' of ' || s.value || ' has no row'
            FROM leasehold.setting s CROSS JOIN generate_series(0, s.value - 1) AS n
            WHERE s.name = 'lanes' AND NOT EXISTS (SELECT FROM leasehold.lane l WHERE l.no = n)
            """;

    private static final String MAKE_LANES = """
            WITH made AS (
                INSERT INTO leasehold.lane (no)
                SELECT n FROM leasehold.setting s CROSS JOIN generate_series(0, s.value - 1) AS n WHERE s.name = 'lanes'
                ON CONFLICT (no) DO NOTHING
                RETURNING no
            )
            SELECT 'lane/' || no, 'lane ' || no || ' had no row and was made' FROM made
            """;

    // Above the largest number and below the smallest: each is one look at the index on what is due.
    private static final String OUTSIDE = """
            FROM leasehold.task t
            WHERE t.state = 'active'
              AND (t.lane < 0 OR t.lane >= (SELECT value FROM leasehold.setting WHERE name = 'lanes'))
            """;

    private static final String IN_NO_LANE =
            "SELECT 'task/' || t.id, 'its lane ' || t.lane || ' does not exist' " + OUTSIDE;

    private static final String MOVE = """
            WITH lost AS (SELECT t.id, t.lane
            """ + OUTSIDE + """
                LIMIT 1000 FOR UPDATE SKIP LOCKED),
            moved AS (
                UPDATE leasehold.task t
                SET lane = leasehold.lane_of(t.id, t.concurrency_key,
                                             (SELECT value FROM leasehold.setting WHERE name = 'lanes')),
                    version = t.version + 1, changed_at = clock_timestamp()
                FROM lost WHERE t.id = lost.id
                RETURNING t.id, lost.lane AS before, t.lane AS after
            )
            SELECT 'task/' || id, 'its lane ' || before || ' does not exist; it is in lane ' || after || ' now' FROM moved
            """;

    private static final String NEVER_DUE = """
            SELECT 'task/' || id, 'it is active and has no due time'
            FROM leasehold.task WHERE state = 'active' AND due_at IS NULL
            """;

    private static final String MAKE_DUE = """
            WITH due AS (
                UPDATE leasehold.task SET due_at = clock_timestamp(), version = version + 1, changed_at = clock_timestamp()
                WHERE id IN (
                    SELECT id FROM leasehold.task WHERE state = 'active' AND due_at IS NULL LIMIT 1000 FOR UPDATE SKIP LOCKED
                )
                RETURNING id
            )
            SELECT 'task/' || id, 'it was active without a due time and is due now' FROM due
            """;

    private static final String FOR_EVER = """
            SELECT 'task/' || id, 'it was to be tried again at ' || (pattern ->> 'probe_at') || ', and has no due time'
            FROM leasehold.task
            WHERE state = 'needs_intervention' AND due_at IS NULL AND pattern ->> 'probe_at' IS NOT NULL
            """;

    private static final String TRY_AGAIN = """
            WITH again AS (
                UPDATE leasehold.task
                SET due_at = (pattern ->> 'probe_at')::timestamptz, version = version + 1, changed_at = clock_timestamp()
                WHERE id IN (
                    SELECT id FROM leasehold.task
                    WHERE state = 'needs_intervention' AND due_at IS NULL AND pattern ->> 'probe_at' IS NOT NULL
                    LIMIT 1000 FOR UPDATE SKIP LOCKED
                )
                RETURNING id, due_at
            )
            SELECT 'task/' || id, 'it had lost the time at which it is tried again: ' || due_at FROM again
            """;

    private static final String BLOCKED = """
            SELECT 'task/' || t.id, 'it waits for the success of others, and there are none'
            FROM leasehold.task t
            WHERE t.state = 'blocked' AND NOT EXISTS (SELECT FROM leasehold.dependency d WHERE d.task_id = t.id)
            """;

    private static final String UNBLOCK = """
            WITH free AS (
                UPDATE leasehold.task SET state = 'active', due_at = greatest(due_at, clock_timestamp()),
                    version = version + 1, changed_at = clock_timestamp()
                WHERE id IN (
                    SELECT t.id FROM leasehold.task t
                    WHERE t.state = 'blocked' AND NOT EXISTS (SELECT FROM leasehold.dependency d WHERE d.task_id = t.id)
                    LIMIT 1000 FOR UPDATE SKIP LOCKED
                )
                RETURNING id
            )
            SELECT 'task/' || id, 'it waited for others of which there are none, and is free now' FROM free
            """;

    private static final String NOT_TOLD = """
            ended AS (
                SELECT DISTINCT d.needs_id AS id,
                       EXISTS (SELECT FROM leasehold.run r WHERE r.task_id = d.needs_id AND r.final
                               AND r.outcome IN ('success', 'partial', 'skipped')) AS success
                FROM leasehold.dependency d
                WHERE NOT EXISTS (SELECT FROM leasehold.task t WHERE t.id = d.needs_id AND t.state <> 'cancelled')
                  AND NOT EXISTS (SELECT FROM leasehold.task_end e WHERE e.task_id = d.needs_id)
                LIMIT 1000
            )
            """;

    private static final String ENDS_NOT_TOLD = "WITH " + NOT_TOLD + """
            SELECT 'task/' || id, 'it has ended, others wait for it, and no word of its end is left' FROM ended
            """;

    private static final String TELL_ENDS = "WITH " + NOT_TOLD + """
            , told AS (
                INSERT INTO leasehold.task_end (task_id, success) SELECT id, success FROM ended RETURNING task_id, success
            ),
            word AS MATERIALIZED (
                SELECT pg_notify('leasehold_ends', '') FROM (SELECT FROM told LIMIT 1) AS any_told
            )
            SELECT 'task/' || task_id, 'others waited for its end in vain; its success is ' || success
            FROM told, (SELECT count(*) FROM word) AS sent
            """;

    // A lane's take-over empties its ledger, so an entry of an earlier epoch is nobody's.
    private static final String STRAY_ENTRY = """
            FROM leasehold.running r
            WHERE NOT EXISTS (SELECT FROM leasehold.task t WHERE t.id = r.task_id)
               OR NOT EXISTS (SELECT FROM leasehold.lane l WHERE l.no = r.lane AND l.epoch <= r.epoch)
            """;

    private static final String STRAY_ENTRIES =
            "SELECT 'task/' || r.task_id, 'run ' || r.run_no || ' of node ' || r.node || ' has no owner' "
                    + STRAY_ENTRY;

    private static final String DELETE_ENTRIES = "WITH gone AS (DELETE " + STRAY_ENTRY + """
                RETURNING r.task_id, r.run_no, r.node
            )
            SELECT 'task/' || task_id, 'the entry of run ' || run_no || ' of node ' || node || ' had no owner' FROM gone
            """;

    // History and counters are written by one statement, so that one snapshot shows them equal. Today and yesterday:
    // what is older does not change any more, and was looked at when it was young. By now(), one instant for the whole
    // statement: the clock is asked anew for each row, so that it would read the history of a month, and take a part of
    // a day for the whole when midnight comes in between.
    private static final String DIFFERENCES = """
            counted AS (
                SELECT type, (finished_at AT TIME ZONE 'UTC')::date AS day,
                       count(*) FILTER (WHERE attempt = 1) AS found,
                       count(*) FILTER (WHERE final AND outcome IN ('success', 'partial')) AS executed,
                       count(*) FILTER (WHERE final AND outcome = 'failed') AS failed,
                       count(*) FILTER (WHERE final AND outcome = 'skipped') AS skipped,
                       count(*) FILTER (WHERE final AND outcome = 'cancelled') AS cancelled,
                       count(*) FILTER (WHERE NOT final) AS retried
                FROM leasehold.run
                WHERE finished_at >= ((now() AT TIME ZONE 'UTC')::date - ?)::timestamp AT TIME ZONE 'UTC'
                  AND finished_at < ((now() AT TIME ZONE 'UTC')::date - ? + 1)::timestamp AT TIME ZONE 'UTC'
                GROUP BY 1, 2
            ),
            kept AS (
                SELECT type, day, sum(found) AS found, sum(executed) AS executed, sum(failed) AS failed,
                       sum(skipped) AS skipped, sum(cancelled) AS cancelled, sum(retried) AS retried
                FROM (
                    SELECT type, day, found, executed, failed, skipped, cancelled, retried FROM leasehold.stat
                    UNION ALL
                    SELECT type, day, found, executed, failed, skipped, cancelled, retried FROM leasehold.stat_delta
                ) AS s
                WHERE day BETWEEN (now() AT TIME ZONE 'UTC')::date - ? AND (now() AT TIME ZONE 'UTC')::date - ?
                GROUP BY 1, 2
            ),
            wrong AS (
                SELECT type, day,
                       (coalesce(c.found, 0) - coalesce(k.found, 0))::bigint AS found,
                       (coalesce(c.executed, 0) - coalesce(k.executed, 0))::bigint AS executed,
                       (coalesce(c.failed, 0) - coalesce(k.failed, 0))::bigint AS failed,
                       (coalesce(c.skipped, 0) - coalesce(k.skipped, 0))::bigint AS skipped,
                       (coalesce(c.cancelled, 0) - coalesce(k.cancelled, 0))::bigint AS cancelled,
                       (coalesce(c.retried, 0) - coalesce(k.retried, 0))::bigint AS retried
                FROM counted c FULL JOIN kept k USING (type, day)
                WHERE (coalesce(c.found, 0), coalesce(c.executed, 0), coalesce(c.failed, 0), coalesce(c.skipped, 0),
                       coalesce(c.cancelled, 0), coalesce(c.retried, 0))
                      IS DISTINCT FROM
                      (coalesce(k.found, 0), coalesce(k.executed, 0), coalesce(k.failed, 0), coalesce(k.skipped, 0),
                       coalesce(k.cancelled, 0), coalesce(k.retried, 0))
                LIMIT 1000
            )
            """;

    private static final String SAY_DIFFERENCE = """
            SELECT 'stat/' || type || '/' || day,
                   'recount less counter: found ' || found || ', executed ' || executed || ', failed ' || failed
                       || ', skipped ' || skipped || ', cancelled ' || cancelled || ', retried ' || retried
            """;

    private static final String WRONG_COUNTERS = "WITH " + DIFFERENCES + SAY_DIFFERENCE + " FROM wrong";

    // As a delta: only a fold updates the totals themselves.
    private static final String CORRECT = "WITH " + DIFFERENCES + """
            , corrected AS (
                INSERT INTO leasehold.stat_delta
                    (type, day, found, executed, failed, skipped, cancelled, retried)
                SELECT type, day, found, executed, failed, skipped, cancelled, retried FROM wrong
                RETURNING *
            )
            """ + SAY_DIFFERENCE + " FROM corrected";

    /** Looks and changes nothing. */
    public static List<Finding> look(Connection connection) throws SQLException {
        List<Finding> found = new ArrayList<>();
        found.addAll(run(connection, Check.LANE_MISSING, MISSING_LANES));
        found.addAll(run(connection, Check.TASK_IN_NO_LANE, IN_NO_LANE));
        found.addAll(run(connection, Check.TASK_NEVER_DUE, NEVER_DUE));
        found.addAll(run(connection, Check.STOPPED_FOR_EVER, FOR_EVER));
        found.addAll(run(connection, Check.BLOCKED_BY_NOTHING, BLOCKED));
        found.addAll(run(connection, Check.END_NOT_TOLD, ENDS_NOT_TOLD));
        found.addAll(run(connection, Check.LEDGER_WITHOUT_OWNER, STRAY_ENTRIES));
        found.addAll(run(connection, Check.COUNTER_WRONG, WRONG_COUNTERS, 1, 0, 1, 0));
        found.addAll(partitions(connection));
        return found;
    }

    private static final String LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('leasehold doctor'))";

    /**
     * Repairs what is found, but for the counters, and tells what it was; one event each, written in the caller's
     * transaction. Where another repair is under way, does nothing.
     */
    public static List<Finding> repair(Connection connection, String node) throws SQLException {
        if (!locked(connection)) {
            return List.of();
        }
        List<Finding> repaired = new ArrayList<>();
        repaired.addAll(run(connection, Check.LANE_MISSING, MAKE_LANES));
        repaired.addAll(run(connection, Check.TASK_IN_NO_LANE, MOVE));
        repaired.addAll(run(connection, Check.TASK_NEVER_DUE, MAKE_DUE));
        repaired.addAll(run(connection, Check.STOPPED_FOR_EVER, TRY_AGAIN));
        repaired.addAll(run(connection, Check.BLOCKED_BY_NOTHING, UNBLOCK));
        repaired.addAll(run(connection, Check.END_NOT_TOLD, TELL_ENDS));
        repaired.addAll(run(connection, Check.LEDGER_WITHOUT_OWNER, DELETE_ENTRIES));
        List<Finding> days = partitions(connection);
        if (!days.isEmpty()) {
            Partitions.ensure(connection, DAYS_MADE);
            repaired.addAll(days);
        }
        tell(connection, repaired, node);
        return repaired;
    }

    /**
     * Repairs the counters, as {@link #repair} does the rest. It reads the history of two days, which may take longer than
     * its caller has: in a transaction of its own, after the others, it takes none of them along when it is cut short. Where
     * another repair is under way, does nothing: two would correct a counter twice.
     */
    public static List<Finding> recount(Connection connection, String node) throws SQLException {
        return recount(connection, node, DAYS_RECOUNTED - 1, 0);
    }

    /** Days whose counters can still be wrong: yesterday and today. */
    public static final int DAYS_RECOUNTED = 2;

    /** As {@link #recount(Connection, String)}, of one day only: 0 is today. Each day is a piece that stands by itself. */
    public static List<Finding> recountDay(Connection connection, String node, int daysAgo) throws SQLException {
        return recount(connection, node, daysAgo, daysAgo);
    }

    private static List<Finding> recount(Connection connection, String node, int from, int to) throws SQLException {
        if (!locked(connection)) {
            return List.of();
        }
        List<Finding> corrected = run(connection, Check.COUNTER_WRONG, CORRECT, from, to, from, to);
        tell(connection, corrected, node);
        return corrected;
    }

    private static void tell(Connection connection, List<Finding> repaired, String node) throws SQLException {
        Events.insert(
                connection,
                repaired.stream().map(finding -> event(finding, node)).toList());
    }

    /** All of it, in transactions of its own, on a connection that commits by itself. */
    public static List<Finding> repairNow(Connection connection, String node) throws SQLException {
        connection.setAutoCommit(false);
        List<Finding> repaired = new ArrayList<>(repair(connection, node));
        connection.commit();
        repaired.addAll(recount(connection, node));
        connection.commit();
        return repaired;
    }

    private static Events.Event event(Finding finding, String node) {
        String data = Json.write(Json.MAPPER
                .createObjectNode()
                .put("check", finding.check().label())
                .put("subject", finding.subject()));
        return new Events.Event("repaired", node, null, null, null, finding.message(), data);
    }

    private static boolean locked(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LOCK);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getBoolean(1);
        }
    }

    private static List<Finding> partitions(Connection connection) throws SQLException {
        int ahead = Partitions.daysAhead(connection);
        return ahead >= DAYS_AHEAD
                ? List.of()
                : List.of(new Finding(
                        Check.PARTITION_MISSING,
                        "partitions",
                        "days from today on for which every table has a partition: " + (ahead + 1)));
    }

    private static List<Finding> run(Connection connection, Check check, String sql, int... values)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setInt(i + 1, values[i]);
            }
            statement.setMaxRows(MOST);
            try (ResultSet row = statement.executeQuery()) {
                List<Finding> found = new ArrayList<>();
                while (row.next()) {
                    found.add(new Finding(check, row.getString(1), row.getString(2)));
                }
                return found;
            }
        }
    }
}
