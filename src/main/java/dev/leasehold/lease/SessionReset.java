package dev.leasehold.lease;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.core.BaseConnection;

/** Makes a session like new for the next lease, in one round trip after a rollback where one is open. Blocks. */
final class SessionReset {

    // RESET ALL goes back to what the session started with: our time-outs and application_name.
    static final String SQL = """
            RESET SESSION AUTHORIZATION;
            RESET ALL;
            RESET ROLE;
            CLOSE ALL;
            UNLISTEN *;
            DISCARD TEMP;
            DISCARD SEQUENCES;
            SELECT pg_advisory_unlock_all(), pg_is_in_recovery()
            """;

    private static final int LIMIT_SECONDS = 5;

    private SessionReset() {}

    /** True when the session answered and is as at its start. */
    static boolean run(ServerConnection connection) {
        try {
            renew(connection);
            return true;
        } catch (SQLException | RuntimeException e) {
            return false; // the guardian retires it; why it is unfit is told by the server's log or the next open
        }
    }

    /**
     * After it the session is as at its start.
     *
     * @throws SQLException when it is not, for whatever reason: then nobody may use it
     */
    static void renew(ServerConnection connection) throws SQLException {
        BaseConnection raw = connection.raw();
        raw.setNetworkTimeout(Runnable::run, LIMIT_SECONDS * 1_000);
        if (!raw.getAutoCommit()) {
            raw.rollback();
            raw.setAutoCommit(true);
        } else if (connection.inTransaction()) {
            execute(raw, "ROLLBACK"); // the transaction was begun in SQL
        }
        if (raw.isReadOnly()) {
            raw.setReadOnly(false);
        }
        reset(raw);
        raw.clearWarnings();
        raw.setHoldability(java.sql.ResultSet.CLOSE_CURSORS_AT_COMMIT);
        raw.setNetworkTimeout(Runnable::run, connection.networkTimeoutMillis());
        if (connection.inTransaction()) {
            throw new SQLException("a transaction is open after the reset of the session", "25001");
        }
        connection.use().renew();
    }

    private static void reset(BaseConnection raw) throws SQLException {
        // Prepared: after some resets the driver has the server keep it, and it is not read anew each time.
        try (PreparedStatement statement = raw.prepareStatement(SQL)) {
            boolean rows = statement.execute();
            while (!rows) {
                if (statement.getUpdateCount() == -1) {
                    throw new SQLException("the reset of the session had no answer", "08P01");
                }
                rows = statement.getMoreResults();
            }
            try (java.sql.ResultSet row = statement.getResultSet()) {
                if (!row.next() || row.getBoolean(2)) {
                    throw new SQLException("the server is a read-only standby", "25006");
                }
            }
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
