package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The ledger of runs that have been under way for more than a moment: for the dashboard, for cancellation, and to know what
 * was in flight when a node died. The flush that completes a run removes its entry.
 */
public final class Ledger {

    private Ledger() {}

    /**
     * One run under way.
     *
     * @param progress 0 to 100; null when the handler says nothing
     * @param cautious entered before it started, because its lane saw a crash
     */
    public record Entry(
            long taskId,
            int runNo,
            int attempt,
            int lane,
            long epoch,
            String node,
            String type,
            String tenant,
            Instant dueAt,
            Instant startedAt,
            @Nullable Integer progress,
            @Nullable String message,
            boolean cautious) {}

    // An entry without its fence is the echo of a lane that was lost: it must not bring a run back to the ledger.
    // The lane is locked, or a take-over could miss an entry that is not committed. Nor may one come back whose
    // completion is under way: that has the row of the task locked.
    private static final String ENTER = """
            INSERT INTO leasehold.running AS r (task_id, run_no, attempt, lane, epoch, node, type, tenant, due_at, started_at,
                                                progress, message, cautious)
            SELECT i.task_id, i.run_no, i.attempt, i.lane, i.epoch, ?, i.type, i.tenant,
                   'epoch'::timestamptz + i.due * interval '1 microsecond',
                   'epoch'::timestamptz + i.started * interval '1 microsecond',
                   i.progress, i.message, i.cautious
            FROM unnest(?::bigint[], ?::int[], ?::int[], ?::smallint[], ?::bigint[], ?::text[], ?::text[], ?::bigint[],
                        ?::bigint[], ?::smallint[], ?::text[], ?::boolean[])
                     AS i (task_id, run_no, attempt, lane, epoch, type, tenant, due, started, progress, message, cautious)
            JOIN leasehold.lane l ON l.no = i.lane AND l.owner = ? AND l.epoch = i.epoch
            JOIN leasehold.task t ON t.id = i.task_id AND t.run_no = i.run_no AND t.attempt = i.attempt
            ORDER BY i.task_id
            FOR SHARE OF l, t SKIP LOCKED
            ON CONFLICT (task_id) DO UPDATE
            SET run_no = excluded.run_no, attempt = excluded.attempt, lane = excluded.lane, epoch = excluded.epoch,
                node = excluded.node, started_at = excluded.started_at, progress = excluded.progress,
                message = excluded.message, cautious = excluded.cautious
            RETURNING task_id, (SELECT t.state FROM leasehold.task t WHERE t.id = r.task_id) AS state
            """;

    /**
     * How the task of an entry stands.
     *
     * @param state cancelled here means that the message to cancel the run may have been lost
     */
    public record Seen(long taskId, String state) {}

    /**
     * Enters runs, or renews their progress.
     *
     * @param node this node's incarnation
     * @return the entries that were accepted; one that is missing is of a run that has ended or was taken over
     */
    public static List<Seen> enter(Connection connection, String node, List<Entry> entries) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ENTER)) {
            statement.setString(1, node);
            statement.setArray(2, connection.createArrayOf("int8", column(entries, Entry::taskId)));
            statement.setArray(3, connection.createArrayOf("int4", column(entries, Entry::runNo)));
            statement.setArray(4, connection.createArrayOf("int4", column(entries, Entry::attempt)));
            statement.setArray(5, connection.createArrayOf("int2", column(entries, Entry::lane)));
            statement.setArray(6, connection.createArrayOf("int8", column(entries, Entry::epoch)));
            statement.setArray(7, connection.createArrayOf("text", column(entries, Entry::type)));
            statement.setArray(8, connection.createArrayOf("text", column(entries, Entry::tenant)));
            statement.setArray(9, connection.createArrayOf("int8", column(entries, e -> Times.micros(e.dueAt()))));
            statement.setArray(10, connection.createArrayOf("int8", column(entries, e -> Times.micros(e.startedAt()))));
            statement.setArray(11, connection.createArrayOf("int2", column(entries, Entry::progress)));
            statement.setArray(12, connection.createArrayOf("text", column(entries, Entry::message)));
            statement.setArray(13, connection.createArrayOf("bool", column(entries, Entry::cautious)));
            statement.setString(14, node);
            List<Seen> seen = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    seen.add(new Seen(row.getLong("task_id"), row.getString("state")));
                }
            }
            return seen;
        }
    }

    private static @Nullable Object[] column(
            List<Entry> entries, java.util.function.Function<Entry, @Nullable Object> column) {
        return entries.stream().map(column).toArray();
    }

    /** A run that has left the ledger without a result. */
    public record Left(long taskId, int runNo, int attempt, long epoch) {}

    private static final String LEAVE = """
            DELETE FROM leasehold.running r
            USING unnest(?::bigint[], ?::int[], ?::int[], ?::bigint[]) AS i (task_id, run_no, attempt, epoch)
            WHERE r.task_id = i.task_id AND r.run_no = i.run_no AND r.attempt = i.attempt AND r.epoch = i.epoch
              AND r.node = ?
            """;

    /** Removes the entries of runs that were given up; returns how many there were. */
    public static int leave(Connection connection, String node, List<Left> runs) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LEAVE)) {
            statement.setArray(
                    1,
                    connection.createArrayOf(
                            "int8", runs.stream().map(Left::taskId).toArray()));
            statement.setArray(
                    2,
                    connection.createArrayOf(
                            "int4", runs.stream().map(Left::runNo).toArray()));
            statement.setArray(
                    3,
                    connection.createArrayOf(
                            "int4", runs.stream().map(Left::attempt).toArray()));
            statement.setArray(
                    4,
                    connection.createArrayOf(
                            "int8", runs.stream().map(Left::epoch).toArray()));
            statement.setString(5, node);
            return statement.executeUpdate();
        }
    }

    private static final String LIST = """
            SELECT * FROM leasehold.running
            WHERE (?::text IS NULL OR type = ?)
              AND (?::text IS NULL OR tenant = ?)
              AND (?::bigint IS NULL OR task_id = ?)
              AND node <> ?
              AND (?::timestamptz IS NULL OR (started_at, task_id) < (?, ?))
            ORDER BY started_at DESC, task_id DESC
            LIMIT ?
            """;

    /**
     * What a list shall hold; null means any.
     *
     * @param notOf the node whose engine knows its own runs better than the ledger
     */
    public record Filter(
            @Nullable String type,
            @Nullable String tenant,
            @Nullable Long taskId,
            String notOf,
            @Nullable Position after) {}

    /** Where a list goes on: behind this run. */
    public record Position(Instant startedAt, long taskId) {}

    /** Runs under way, the newest first. */
    public static List<Entry> list(Connection connection, Filter filter, int limit) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LIST)) {
            statement.setString(1, filter.type());
            statement.setString(2, filter.type());
            statement.setString(3, filter.tenant());
            statement.setString(4, filter.tenant());
            statement.setObject(5, filter.taskId());
            statement.setObject(6, filter.taskId());
            statement.setString(7, filter.notOf());
            Position after = filter.after();
            Instant start = after == null ? null : after.startedAt();
            statement.setObject(8, Times.bindNullable(start), java.sql.Types.TIMESTAMP_WITH_TIMEZONE);
            statement.setObject(9, Times.bindNullable(start), java.sql.Types.TIMESTAMP_WITH_TIMEZONE);
            statement.setLong(10, after == null ? 0 : after.taskId());
            statement.setInt(11, limit);
            return read(statement);
        }
    }

    private static final String OF_TASKS = "SELECT * FROM leasehold.running WHERE task_id = ANY (?::bigint[])";

    /** The runs under way of these tasks. */
    public static List<Entry> ofTasks(Connection connection, Collection<Long> tasks) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(OF_TASKS)) {
            statement.setArray(1, connection.createArrayOf("int8", tasks.toArray()));
            return read(statement);
        }
    }

    private static List<Entry> read(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            List<Entry> entries = new ArrayList<>();
            while (row.next()) {
                int progress = row.getInt("progress");
                @Nullable Integer percent = row.wasNull() ? null : progress;
                entries.add(new Entry(
                        row.getLong("task_id"),
                        row.getInt("run_no"),
                        row.getInt("attempt"),
                        row.getInt("lane"),
                        row.getLong("epoch"),
                        row.getString("node"),
                        row.getString("type"),
                        row.getString("tenant"),
                        Times.read(row, "due_at"),
                        Times.read(row, "started_at"),
                        percent,
                        row.getString("message"),
                        row.getBoolean("cautious")));
            }
            return entries;
        }
    }
}
