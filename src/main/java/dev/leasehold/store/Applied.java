package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** What runs have done in a user-data database that is not the platform database. */
public final class Applied {

    private Applied() {}

    private static final String INSERT = """
            INSERT INTO leasehold.applied (task_id, run_no) VALUES (?, ?) ON CONFLICT (task_id, run_no) DO NOTHING
            """;

    /**
     * Enters a run in the transaction of its work; waits for another one that is doing the same.
     *
     * @return false when its effect has happened already
     */
    public static boolean insert(Connection connection, long taskId, int runNo) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setLong(1, taskId);
            statement.setInt(2, runNo);
            return statement.executeUpdate() == 1;
        }
    }
}
