package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Results of the steps of runs that are under way. */
public final class Steps {

    private Steps() {}

    private static final String OF_RUN = "SELECT name, result FROM leasehold.step WHERE task_id = ? AND run_no = ?";

    /** The steps of a run that are done, with their results as JSON text. */
    public static Map<String, String> ofRun(Connection connection, long taskId, int runNo) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(OF_RUN)) {
            statement.setLong(1, taskId);
            statement.setInt(2, runNo);
            Map<String, String> results = new HashMap<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    results.put(row.getString("name"), row.getString("result"));
                }
            }
            return results;
        }
    }

    // The lane, then the task's row: an attempt that was overtaken, by another node or by its own restart, stores
    // nothing.
    private static final String STORE = """
            WITH fence AS MATERIALIZED (
                SELECT no FROM leasehold.lane
                WHERE no = ? AND owner = ? AND epoch = ? AND token = ?
                FOR SHARE
            ),
            mine AS MATERIALIZED (
                SELECT t.id, t.run_no, t.attempt
                FROM fence f
                JOIN leasehold.task t ON t.lane = f.no
                WHERE t.id = ? AND t.run_no = ? AND t.attempt = ?
                  AND (?::text IS NULL OR current_setting('leasehold.run', true) = ?)
                FOR SHARE OF t
            )
            INSERT INTO leasehold.step (task_id, run_no, name, attempt, result)
            SELECT id, run_no, ?, attempt, ?::jsonb FROM mine
            ON CONFLICT (task_id, run_no, name) DO NOTHING
            """;

    /**
     * Stores the result of a step under the fence of its run.
     *
     * @param node this node's incarnation
     * @param mark what the step's transaction was marked with; null where it has none
     * @param result JSON text
     * @return false when the attempt does not count any more, when its transaction is not the one that was begun, or when
     *     the step has a result already
     */
    public static boolean store(
            Connection connection,
            String node,
            LaneFence fence,
            DueTask task,
            @Nullable String mark,
            String name,
            String result)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(STORE)) {
            statement.setInt(1, fence.lane());
            statement.setString(2, node);
            statement.setLong(3, fence.epoch());
            statement.setObject(4, fence.token());
            statement.setLong(5, task.id());
            statement.setInt(6, task.runNo());
            statement.setInt(7, task.attempt());
            statement.setString(8, mark);
            statement.setString(9, mark);
            statement.setString(10, name);
            statement.setString(11, result);
            return statement.executeUpdate() == 1;
        }
    }

    // By pieces: a round of upkeep must be short, and the next one goes on.
    private static final String PRUNE = """
            DELETE FROM leasehold.step
            WHERE ctid = ANY (ARRAY(
                SELECT s.ctid FROM leasehold.step s
                LEFT JOIN leasehold.task t ON t.id = s.task_id AND t.run_no = s.run_no AND t.state <> 'cancelled'
                WHERE t.id IS NULL
                LIMIT 50000
            ))
            """;

    /** Removes the steps of runs that are over; returns how many. */
    public static int prune(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PRUNE)) {
            return statement.executeUpdate();
        }
    }
}
