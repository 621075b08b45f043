package dev.leasehold.type.monitoring;

import dev.leasehold.task.RunId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;

/** The table of what was measured. */
final class Measurements {

    private Measurements() {}

    private static final String INSERT = """
            INSERT INTO leasehold.measurement (task_id, run_no, value, met, detail)
            VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (task_id, run_no) DO UPDATE
            SET measured_at = now(),
                value = EXCLUDED.value,
                met = EXCLUDED.met,
                detail = EXCLUDED.detail
            """;

    private static final String PRUNE = """
            DELETE FROM leasehold.measurement
            WHERE task_id = ?
              AND measured_at < now() - interval '90 days'
            """;

    static void insert(Connection connection, RunId run, Measurement measured) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setLong(1, run.task().value());
            statement.setInt(2, run.number());
            if (measured.value() == null) {
                statement.setNull(3, Types.DOUBLE);
            } else {
                statement.setDouble(3, measured.value());
            }
            statement.setBoolean(4, measured.met());
            statement.setString(5, measured.detail());
            statement.executeUpdate();
        }
        try (PreparedStatement statement = connection.prepareStatement(PRUNE)) {
            statement.setLong(1, run.task().value());
            statement.executeUpdate();
        }
    }
}
