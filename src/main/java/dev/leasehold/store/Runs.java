package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The history of runs: one row an attempt, newest first. */
public final class Runs {

    private Runs() {}

    /**
     * One attempt that has ended.
     *
     * @param isFinal no further attempt of its run followed
     * @param result JSON text
     * @param log JSON text of an array of lines
     * @param progress JSON text: what the handler said last of how far it was; null when it said nothing
     */
    public record Row(
            long taskId,
            int runNo,
            int attempt,
            boolean isFinal,
            String outcome,
            String type,
            String tenant,
            int lane,
            long epoch,
            String node,
            Instant dueAt,
            Instant startedAt,
            Instant finishedAt,
            @Nullable String reason,
            @Nullable String error,
            @Nullable String result,
            @Nullable String log,
            @Nullable String progress) {}

    /** Where a list goes on: behind this attempt. */
    public record Position(Instant finishedAt, long taskId, int runNo, int attempt) {}

    /** What a list shall hold; null means any. */
    public record Filter(
            @Nullable Long taskId,
            @Nullable String type,
            @Nullable String tenant,
            @Nullable String outcome,
            @Nullable Position after,
            int limit) {}

    private static final String LIST = "SELECT * FROM leasehold.run r ";

    private static final String NEWEST_FIRST =
            "ORDER BY r.finished_at DESC, r.task_id DESC, r.run_no DESC, r.attempt DESC LIMIT ?";

    public static List<Row> list(Connection connection, Filter filter) throws SQLException {
        Conditions conditions = new Conditions()
                .add("r.task_id = ?", filter.taskId())
                .add("r.type = ?", filter.type())
                .add("r.tenant = ?", filter.tenant())
                .add("r.outcome = ?", filter.outcome());
        Position after = filter.after();
        if (after != null) {
            conditions.add(
                    "(r.finished_at, r.task_id, r.run_no, r.attempt) < (?, ?, ?, ?)",
                    Times.bind(after.finishedAt()),
                    after.taskId(),
                    after.runNo(),
                    after.attempt());
        }
        try (PreparedStatement statement = connection.prepareStatement(LIST + conditions.where() + NEWEST_FIRST)) {
            statement.setInt(conditions.bind(statement, 1), filter.limit());
            return read(statement);
        }
    }

    private static final String OF_RUN = """
            SELECT * FROM leasehold.run WHERE task_id = ? AND run_no = ? ORDER BY attempt DESC, finished_at DESC LIMIT 1000
            """;

    /** The attempts of one run that have ended, the last first. */
    public static List<Row> ofRun(Connection connection, long taskId, int runNo) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(OF_RUN)) {
            statement.setLong(1, taskId);
            statement.setInt(2, runNo);
            return read(statement);
        }
    }

    private static final String LAST_OF_TASKS = """
            SELECT l.*
            FROM unnest(?::bigint[]) AS t (id)
            CROSS JOIN LATERAL (
                SELECT * FROM leasehold.run r WHERE r.task_id = t.id ORDER BY r.run_no DESC, r.attempt DESC LIMIT 1
            ) AS l
            """;

    /** The last attempt of each of these tasks that has had one. */
    public static List<Row> lastOfTasks(Connection connection, Collection<Long> tasks) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LAST_OF_TASKS)) {
            statement.setArray(1, connection.createArrayOf("int8", tasks.toArray()));
            return read(statement);
        }
    }

    /**
     * How often a task failed for good within a window.
     *
     * @param newest the last five, newest first
     */
    public record Failures(int count, List<Failure> newest) {}

    /** A run that failed for good. */
    public record Failure(@Nullable String reason, @Nullable String error) {}

    private static final String FAILURES = """
            SELECT t.id, f.reason, f.error, f.of
            FROM unnest(?::bigint[]) AS t (id)
            CROSS JOIN LATERAL (
                SELECT r.reason, r.error, r.finished_at, count(*) OVER () AS of
                FROM leasehold.run r
                WHERE r.task_id = t.id AND r.final AND r.outcome = 'failed' AND coalesce(r.reason, '') <> 'api_limit'
                  AND r.finished_at > ?
                ORDER BY r.finished_at DESC
                LIMIT 5
            ) AS f
            ORDER BY t.id, f.finished_at DESC
            """;

    /** The failures of each of these tasks since an instant; a task without any is not in the answer. */
    public static Map<Long, Failures> failures(Connection connection, Collection<Long> tasks, Instant since)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FAILURES)) {
            statement.setArray(1, connection.createArrayOf("int8", tasks.toArray()));
            statement.setObject(2, Times.bind(since));
            Map<Long, Failures> failures = new HashMap<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    int count = row.getInt("of");
                    failures.computeIfAbsent(row.getLong("id"), id -> new Failures(count, new ArrayList<>()))
                            .newest()
                            .add(new Failure(row.getString("reason"), row.getString("error")));
                }
            }
            return failures;
        }
    }

    private static List<Row> read(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            List<Row> runs = new ArrayList<>();
            while (row.next()) {
                runs.add(new Row(
                        row.getLong("task_id"),
                        row.getInt("run_no"),
                        row.getInt("attempt"),
                        row.getBoolean("final"),
                        row.getString("outcome"),
                        row.getString("type"),
                        row.getString("tenant"),
                        row.getInt("lane"),
                        row.getLong("epoch"),
                        row.getString("node"),
                        Times.read(row, "due_at"),
                        Times.read(row, "started_at"),
                        Times.read(row, "finished_at"),
                        row.getString("reason"),
                        row.getString("error"),
                        row.getString("result"),
                        row.getString("log"),
                        row.getString("progress")));
            }
            return runs;
        }
    }
}
