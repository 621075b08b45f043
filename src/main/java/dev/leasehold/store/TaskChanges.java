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

    private static final String CANCEL = """
            UPDATE leasehold.task t
            SET state = 'cancelled', due_at = NULL, version = version + 1, changed_at = clock_timestamp()
            WHERE id = ? AND state <> 'cancelled'
            """ + RETURNING;

    /** Ends a task; a run in flight is to be told by the engine. */
    public static Optional<TaskRow> cancel(Connection connection, long id) throws SQLException {
        return change(connection, CANCEL, id);
    }

    private static final String PAUSE = """
            UPDATE leasehold.task t
            SET state = 'paused', version = version + 1, changed_at = clock_timestamp()
            WHERE id = ? AND state IN ('active', 'needs_intervention')
            """ + RETURNING;

    /** Stops a task until it is resumed; its due time is kept. A run in flight goes on. */
    public static Optional<TaskRow> pause(Connection connection, long id) throws SQLException {
        return change(connection, PAUSE, id);
    }

    private static final String RESUME = """
            UPDATE leasehold.task t
            SET state = 'active', version = version + 1, changed_at = clock_timestamp(), consecutive_failures = 0,
                crashes = 0, pattern = NULL,
                due_at = CASE
                    WHEN state = 'paused' THEN greatest(due_at, clock_timestamp()) ELSE clock_timestamp()
                END
            WHERE id = ? AND state IN ('paused', 'needs_intervention')
            """ + RETURNING;

    /** Sets a stopped task going again: a paused one at its due time, one that needed intervention now. */
    public static Optional<TaskRow> resume(Connection connection, long id) throws SQLException {
        return change(connection, RESUME, id);
    }

    private static final String RUN_NOW = """
            UPDATE leasehold.task t
            SET state = 'active', due_at = clock_timestamp(), version = version + 1, changed_at = clock_timestamp(),
                crashes = CASE WHEN state = 'needs_intervention' THEN least(crashes, 2) ELSE crashes END
            WHERE id = ? AND state IN ('active', 'needs_intervention')
            """ + RETURNING;

    /** Makes a task due now, on the way that a scheduled run takes. */
    public static Optional<TaskRow> runNow(Connection connection, long id) throws SQLException {
        return change(connection, RUN_NOW, id);
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
                due_at = coalesce(?, due_at), priority = coalesce(?, priority), retry = coalesce(?::jsonb, retry),
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
            statement.setObject(4, patch.priority(), java.sql.Types.SMALLINT);
            statement.setString(5, patch.retry());
            statement.setObject(6, patch.timeoutMillis(), java.sql.Types.BIGINT);
            statement.setLong(7, id);
            statement.setLong(8, version);
            return Tasks.read(statement).stream().findFirst();
        }
    }

    private static Optional<TaskRow> change(Connection connection, String sql, long id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, id);
            return Tasks.read(statement).stream().findFirst();
        }
    }
}
