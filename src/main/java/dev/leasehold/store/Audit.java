package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Who did what over the API; written in the transaction of the change itself. */
public final class Audit {

    private Audit() {}

    private static final String INSERT = """
            INSERT INTO leasehold.audit (who, action, target, request_id, data) VALUES (?, ?, ?, ?, ?::jsonb)
            """;

    /**
     * Notes one change.
     *
     * @param who name of the token or session
     * @param action a stable word such as {@code task.cancel}
     * @param data JSON text; null for none
     */
    public static void insert(
            Connection connection,
            String who,
            String action,
            @Nullable String target,
            @Nullable String requestId,
            @Nullable String data)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setString(1, who);
            statement.setString(2, action);
            statement.setString(3, target);
            statement.setString(4, requestId);
            statement.setString(5, data);
            statement.executeUpdate();
        }
    }
}
