package dev.leasehold.type.oauth;

import dev.leasehold.schedule.Schedule;
import dev.leasehold.task.MissingTasks;
import dev.leasehold.task.TaskSpec;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Stored connections that no task keeps alive. One whose task was cancelled is left alone for as long as the cancelled task
 * is kept: somebody wanted that.
 */
public final class UncheckedConnections implements MissingTasks {

    /** The handler sets the next due time from the token's expiry; this is for one that tells none. */
    private static final Duration INTERVAL = Duration.ofHours(1);

    private static final String FIND = """
            SELECT c.tenant, c.id
            FROM leasehold.credential c
            WHERE c.state <> 'reconnect'
              AND NOT EXISTS (
                  SELECT FROM leasehold.task t
                  WHERE t.tenant = c.tenant AND t.type = ? AND t.payload ->> 'connection' = c.id
              )
            ORDER BY c.tenant, c.id
            """;

    @Override
    public String name() {
        return "oauth_connections";
    }

    @Override
    public List<TaskSpec> missing(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FIND)) {
            statement.setString(1, OAuthTokenHandler.NAME);
            List<TaskSpec> missing = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    String id = row.getString("id");
                    missing.add(TaskSpec.of(OAuthTokenHandler.NAME, new OAuthToken(id))
                            .tenant(row.getString("tenant"))
                            .key(id)
                            .schedule(Schedule.fixedDelay(INTERVAL)));
                }
            }
            return missing;
        }
    }
}
