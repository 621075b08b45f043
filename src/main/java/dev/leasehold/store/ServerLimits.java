package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * How many connections a server gives the role of a session.
 *
 * @param system the server's own number
 * @param superuser then no limit holds
 * @param roleLimit of all sessions of the role, over all databases; -1 for none
 * @param reserved of {@code maxConnections}: for superusers, and for those with reserved connections
 * @param held client backends of the role now, ours or not
 */
public record ServerLimits(
        String system, String role, boolean superuser, int roleLimit, int maxConnections, int reserved, int held) {

    private static final String READ = """
            SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system,
                   role.rolname AS role, role.rolsuper AS superuser, role.rolconnlimit AS role_limit,
                   current_setting('max_connections')::int AS max_connections,
                   current_setting('superuser_reserved_connections')::int
                       + coalesce(current_setting('reserved_connections', true)::int, 0) AS reserved,
                   (SELECT count(*)::int FROM pg_stat_activity AS backend
                    WHERE backend.usename = role.rolname AND backend.backend_type = 'client backend') AS held
            FROM pg_roles AS role
            WHERE role.rolname = session_user
            """;

    public static ServerLimits read(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(READ);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return new ServerLimits(
                    row.getString("system"),
                    row.getString("role"),
                    row.getBoolean("superuser"),
                    row.getInt("role_limit"),
                    row.getInt("max_connections"),
                    row.getInt("reserved"),
                    row.getInt("held"));
        }
    }

    /** What the server can give to ordinary roles together. */
    public int usable() {
        return maxConnections - reserved;
    }

    public boolean hasRoleLimit() {
        return roleLimit >= 0 && !superuser;
    }
}
