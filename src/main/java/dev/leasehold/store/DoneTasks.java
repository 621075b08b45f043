package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One-shots that are done: their row has left the table, the run that closed them answers as long as it is kept. */
public final class DoneTasks {

    private DoneTasks() {}

    /** A run that closed its task; runs of before V16 have all of it in the snapshot. */
    private static final String CLOSING = "(r.closed_version IS NOT NULL OR r.snapshot IS NOT NULL)";

    private static final String COLUMNS = """
            SELECT r.task_id AS id, r.lane, coalesce((r.snapshot ->> 'priority')::smallint, 2) AS priority, NULL::timestamptz AS due_at,
                   coalesce(r.closed_version, (r.snapshot ->> 'version')::bigint) + 1 AS version, r.run_no, r.attempt, 0 AS consecutive_failures,
                   'done' AS state, r.tenant, r.type, r.snapshot ->> 'key' AS key, coalesce(r.snapshot ->> 'queue', 'default') AS queue,
                   r.snapshot ->> 'concurrency_key' AS concurrency_key, coalesce(r.payload, r.snapshot -> 'payload') AS payload,
                   coalesce(r.schedule, nullif(r.snapshot -> 'schedule', 'null')) AS schedule, nullif(r.snapshot -> 'retry', 'null') AS retry,
                   (r.snapshot ->> 'timeout_ms')::bigint AS timeout_ms, NULL::jsonb AS pattern,
                   coalesce(r.created_at, (r.snapshot ->> 'created_at')::timestamptz) AS created_at, false AS running
            FROM leasehold.run r
            """;

    private static final String GET = COLUMNS + "WHERE r.task_id = ? AND " + CLOSING + " LIMIT 1";

    /** A task that is done. */
    public static Optional<TaskRow> get(Connection connection, long id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(GET)) {
            statement.setLong(1, id);
            return Tasks.read(statement).stream().findFirst();
        }
    }

    // The newest is the one that ended last; the cursor is the id of the last one shown, whose end is looked up again.
    private static final String LIST = COLUMNS + "WHERE " + CLOSING + """

              AND (?::text IS NULL OR r.type = ?)
              AND (?::text IS NULL OR r.tenant = ?)
              AND (?::text IS NULL OR coalesce(r.snapshot ->> 'queue', 'default') = ?)
              AND (?::text IS NULL OR strpos(r.snapshot ->> 'key', ?) > 0 OR r.task_id::text = ?)
              AND (?::bigint IS NULL OR (r.finished_at, r.task_id) < (
                      SELECT c.finished_at, c.task_id FROM leasehold.run c
                      WHERE c.task_id = ? AND (c.closed_version IS NOT NULL OR c.snapshot IS NOT NULL) LIMIT 1))
            ORDER BY r.finished_at DESC, r.task_id DESC
            LIMIT ?
            """;

    /** Tasks that are done, the last done first; the filter's state is not looked at. */
    public static List<TaskRow> list(Connection connection, Tasks.Filter filter) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LIST)) {
            @Nullable String[] texts = {filter.type(), filter.tenant(), filter.queue(), filter.text()};
            int next = 1;
            for (String text : texts) {
                statement.setString(next++, text);
                statement.setString(next++, text);
            }
            statement.setString(next++, filter.text());
            statement.setObject(next++, filter.beforeId());
            statement.setObject(next++, filter.beforeId());
            statement.setInt(next, filter.limit());
            return Tasks.read(statement);
        }
    }

    private static final String EXISTS = """
            SELECT EXISTS (
                SELECT FROM leasehold.run r
                WHERE r.type = ? AND r.tenant = ? AND r.snapshot ->> 'key' = ?
            )
            """;

    /** Whether the history knows a task of this tenant, type and key that is done. Reads the whole history of the type. */
    public static boolean exists(Connection connection, NewTask task) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(EXISTS)) {
            statement.setString(1, task.type());
            statement.setString(2, task.tenant());
            statement.setString(3, task.key());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }
}
