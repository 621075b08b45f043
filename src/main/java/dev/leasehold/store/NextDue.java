package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/** What comes next, over all lanes. */
public final class NextDue {

    private NextDue() {}

    // A few rows from the head of each lane and priority: the index of due tasks answers, however many there are.
    private static final String LIST = """
            SELECT t.*, false AS running
            FROM leasehold.lane l
            CROSS JOIN generate_series(0, 3) AS p (priority)
            CROSS JOIN LATERAL (
                SELECT * FROM leasehold.task d
                WHERE d.state = 'active' AND d.lane = l.no AND d.priority = p.priority
                  AND NOT EXISTS (SELECT FROM leasehold.running r WHERE r.task_id = d.id)
                ORDER BY d.due_at, d.id
                LIMIT ?
            ) AS t
            ORDER BY t.due_at, t.id
            LIMIT ?
            """;

    /** Active tasks that are not running, the next due first. */
    public static List<TaskRow> list(Connection connection, int limit) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LIST)) {
            statement.setInt(1, limit);
            statement.setInt(2, limit);
            return Tasks.read(statement);
        }
    }
}
