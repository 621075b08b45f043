package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the owner of a lane reads. */
public final class DueTasks {

    private DueTasks() {}

    /**
     * How far a lane was read in one priority, and how many more rows are wanted.
     *
     * @param afterAt due time of the last row that was read; rows at or before (afterAt, afterId) are not read again
     */
    public record Cursor(LaneFence fence, int priority, Instant afterAt, long afterId, int limit) {}

    /**
     * What a read found.
     *
     * @param tasks by lane and priority, each in the order of (due, id)
     * @param now the database's clock at the read: nothing due later was returned
     */
    public record Read(List<DueTask> tasks, Instant now) {}

    // Only the lane's owner reads it, so nothing is locked or marked; who lost the lane reads nothing. The cursor skips
    // the
    // dead index entries of finished tasks.
    private static final String READ = """
            SELECT t.*, now() AS read_at
            FROM (SELECT 1) AS always_a_row
            LEFT JOIN (
            SELECT t.*
            FROM unnest(?::smallint[], ?::bigint[], ?::uuid[], ?::smallint[], ?::bigint[], ?::bigint[], ?::int[])
                     AS c (no, epoch, token, priority, after_at, after_id, max)
            JOIN leasehold.lane l ON l.no = c.no AND l.owner = ? AND l.epoch = c.epoch AND l.token = c.token
            CROSS JOIN LATERAL (
                SELECT d.id, d.lane, d.priority, d.due_at, d.version, d.run_no, d.attempt, d.lease_attempts, d.crashes,
                       d.consecutive_failures, d.tenant, d.type, d.key, d.concurrency_key, d.payload, d.schedule, d.retry,
                       d.timeout_ms
                FROM leasehold.task d
                WHERE d.state = 'active'
                  AND d.lane = c.no
                  AND d.priority = c.priority
                  AND (d.due_at, d.id) > ('epoch'::timestamptz + c.after_at * interval '1 microsecond', c.after_id)
                  AND d.due_at <= now()
                  AND d.type = ANY (?)
                ORDER BY d.due_at, d.id
                LIMIT c.max
            ) AS t
            ) AS t ON true
            """;

    /**
     * Reads what is due behind each cursor, of the types that this node has handlers for.
     *
     * @param owner this node's incarnation
     */
    public static Read read(Connection connection, String owner, List<Cursor> cursors, Collection<String> types)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(READ)) {
            bind(connection, statement, owner, cursors, types);
            List<DueTask> tasks = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                Instant now = Times.read(row, "read_at");
                if (row.getObject("id") != null) {
                    do {
                        tasks.add(task(row));
                    } while (row.next());
                }
                return new Read(tasks, now);
            }
        }
    }

    private static void bind(
            Connection connection,
            PreparedStatement statement,
            String owner,
            List<Cursor> cursors,
            Collection<String> types)
            throws SQLException {
        statement.setArray(
                1, array(connection, "int2", cursors.stream().map(c -> c.fence().lane())));
        statement.setArray(
                2, array(connection, "int8", cursors.stream().map(c -> c.fence().epoch())));
        statement.setArray(
                3, array(connection, "uuid", cursors.stream().map(c -> c.fence().token())));
        statement.setArray(4, array(connection, "int2", cursors.stream().map(Cursor::priority)));
        statement.setArray(5, array(connection, "int8", cursors.stream().map(c -> Times.micros(c.afterAt()))));
        statement.setArray(6, array(connection, "int8", cursors.stream().map(Cursor::afterId)));
        statement.setArray(7, array(connection, "int4", cursors.stream().map(Cursor::limit)));
        statement.setString(8, owner);
        statement.setArray(9, array(connection, "text", types.stream()));
    }

    private static java.sql.Array array(Connection connection, String type, java.util.stream.Stream<?> values)
            throws SQLException {
        return connection.createArrayOf(type, values.toArray());
    }

    static DueTask task(ResultSet row) throws SQLException {
        long timeout = row.getLong("timeout_ms");
        @Nullable Long timeoutMillis = row.wasNull() ? null : timeout;
        return new DueTask(
                row.getLong("id"),
                row.getInt("lane"),
                row.getInt("priority"),
                Times.read(row, "due_at"),
                row.getLong("version"),
                row.getInt("run_no"),
                row.getInt("attempt"),
                row.getInt("lease_attempts"),
                row.getInt("crashes"),
                row.getInt("consecutive_failures"),
                row.getString("tenant"),
                row.getString("type"),
                row.getString("key"),
                row.getString("concurrency_key"),
                row.getString("payload"),
                row.getString("schedule"),
                row.getString("retry"),
                timeoutMillis);
    }

    private static final String NEXT_DUE = """
            SELECT min(t.due_at) AS due_at
            FROM unnest(?::smallint[]) AS l (no)
            CROSS JOIN generate_series(0, 3) AS p (priority)
            CROSS JOIN LATERAL (
                SELECT d.due_at
                FROM leasehold.task d
                WHERE d.state = 'active' AND d.lane = l.no AND d.priority = p.priority AND d.due_at > now()
                ORDER BY d.due_at
                LIMIT 1
            ) AS t
            """;

    /** The earliest due time still to come in these lanes; empty when nothing is planned. */
    public static Optional<Instant> nextDue(Connection connection, Collection<Integer> lanes) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(NEXT_DUE)) {
            statement.setArray(1, array(connection, "int2", lanes.stream()));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return Optional.ofNullable(Times.readNullable(row, "due_at"));
            }
        }
    }
}
