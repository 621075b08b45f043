package dev.leasehold.lease;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.core.BaseConnection;

/** Makes a session like new for the next lease, in one round trip after a rollback where one is open. Blocks. */
final class SessionReset {

    // RESET ALL goes back to what the session started with: our time-outs and application_name.
    private static final String RESET = """
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
        BaseConnection raw = connection.raw();
        try {
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
            boolean writable = reset(raw);
            raw.clearWarnings();
            raw.setHoldability(java.sql.ResultSet.CLOSE_CURSORS_AT_COMMIT);
            raw.setNetworkTimeout(Runnable::run, connection.networkTimeoutMillis());
            connection.use().renew();
            return writable && !connection.inTransaction();
        } catch (SQLException | RuntimeException e) {
            return false; // the guardian retires it; why it is unfit is told by the server's log or the next open
        }
    }

    private static boolean reset(BaseConnection raw) throws SQLException {
        // Prepared: after some resets the driver has the server keep it, and it is not read anew each time.
        try (PreparedStatement statement = raw.prepareStatement(RESET)) {
            boolean rows = statement.execute();
            while (!rows) {
                if (statement.getUpdateCount() == -1) {
                    return false;
                }
                rows = statement.getMoreResults();
            }
            try (java.sql.ResultSet row = statement.getResultSet()) {
                return row.next() && !row.getBoolean(2);
            }
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
