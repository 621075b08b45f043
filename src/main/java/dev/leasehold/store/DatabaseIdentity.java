package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Which database a connection has reached, whatever its URL says: two pools of one identity share transactions.
 *
 * @param system the server's own number, the same for its standbys
 * @param database the database's number within it
 */
public record DatabaseIdentity(long system, long database) {

    private static final String READ = """
            SELECT (SELECT system_identifier FROM pg_control_system()) AS system,
                   (SELECT oid::bigint FROM pg_database WHERE datname = current_database()) AS database
            """;

    public static DatabaseIdentity read(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(READ);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return new DatabaseIdentity(row.getLong("system"), row.getLong("database"));
        }
    }
}
