package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What people and programs change about a task. Each is one statement that raises the version, so that a run in flight
 * learns of it at its completion; empty means that the task is not there or not in a state that allows the change.
 */
public final class TaskChanges {

    private TaskChanges() {}

    private static final String RETURNING = """
            RETURNING *, EXISTS (SELECT FROM leasehold.running r WHERE r.task_id = t.id) AS running
            """;

    private static final String LOCK = "SELECT FROM leasehold.task WHERE id = ? FOR UPDATE";

    /** Does something to one task. */
    public static Optional<TaskRow> apply(Connection connection, TaskAction action, long id) throws SQLException {
        if (!connection.getAutoCommit()) {
            // A statement of its own: what the task still waits for is to be seen as it is when the row is ours.
            try (PreparedStatement lock = connection.prepareStatement(LOCK)) {
                lock.setLong(1, id);
                lock.execute();
            }
        }
        String sql = action.update() + " WHERE t.id = ? AND t.state = ANY (?) " + RETURNING;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, id);
            statement.setArray(2, connection.createArrayOf("text", action.from().toArray()));
            return Tasks.read(statement).stream().findFirst();
        }
    }

    /** Ends a task; a run in flight is to be told by the engine. */
    public static Optional<TaskRow> cancel(Connection connection, long id) throws SQLException {
        return apply(connection, TaskAction.CANCEL, id);
    }

    /** Stops a task until it is resumed; its due time is kept. A run in flight goes on. */
    public static Optional<TaskRow> pause(Connection connection, long id) throws SQLException {
        return apply(connection, TaskAction.PAUSE, id);
    }

    /** Sets a stopped task going again: a paused one at its due time, one that needed intervention now. */
    public static Optional<TaskRow> resume(Connection connection, long id) throws SQLException {
        return apply(connection, TaskAction.RESUME, id);
    }

    /** Makes a task due now, on the way that a scheduled run takes. */
    public static Optional<TaskRow> runNow(Connection connection, long id) throws SQLException {
        return apply(connection, TaskAction.RUN, id);
    }

    /**
     * New values of a task; null leaves one as it is.
     *
     * @param dueAt the new schedule's first due time
     */
    public record Patch(
            @Nullable String payload,
            @Nullable String schedule,
            @Nullable Instant dueAt,
            @Nullable Integer priority,
            @Nullable String retry,
            @Nullable Long timeoutMillis) {}

    private static final String PATCH = """
            UPDATE leasehold.task t
            SET payload = coalesce(?::jsonb, payload), schedule = coalesce(?::jsonb, schedule),
                due_at = coalesce(?, due_at),
                run_due_at = CASE WHEN ?::timestamptz IS NULL THEN run_due_at END, priority = coalesce(?, priority), retry = coalesce(?::jsonb, retry),
                timeout_ms = coalesce(?, timeout_ms), version = version + 1, changed_at = clock_timestamp()
            WHERE id = ? AND version = ? AND state <> 'cancelled'
            """ + RETURNING;

    /** Changes a task that still has the version which the caller saw. */
    public static Optional<TaskRow> patch(Connection connection, long id, long version, Patch patch)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PATCH)) {
            statement.setString(1, patch.payload());
            statement.setString(2, patch.schedule());
            statement.setObject(3, Times.bindNullable(patch.dueAt()), java.sql.Types.TIMESTAMP_WITH_TIMEZONE);
            statement.setObject(4, Times.bindNullable(patch.dueAt()), java.sql.Types.TIMESTAMP_WITH_TIMEZONE);
            statement.setObject(5, patch.priority(), java.sql.Types.SMALLINT);
            statement.setString(6, patch.retry());
            statement.setObject(7, patch.timeoutMillis(), java.sql.Types.BIGINT);
            statement.setLong(8, id);
            statement.setLong(9, version);
            return Tasks.read(statement).stream().findFirst();
        }
    }
}
