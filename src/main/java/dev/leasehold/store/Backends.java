package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Server processes: ours, those in our way, and those of nodes that died. A plain role may end its own. */
public final class Backends {

    private Backends() {}

    private static final String PID = "SELECT pg_backend_pid()";

    /** The server process behind this connection. */
    public static int pid(Connection connection) throws SQLException {
        return number(connection, PID);
    }

    // It names one holder of a shared row lock at a time: to be repeated until nobody is in the way.
    private static final String END_BLOCKERS = """
            SELECT count(*) FILTER (WHERE pg_terminate_backend(pid))::int FROM unnest(pg_blocking_pids(?)) AS pid
            """;

    /** Ends the processes that this one waits for; returns how many. */
    public static int endBlockersOf(Connection connection, int pid) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(END_BLOCKERS)) {
            statement.setInt(1, pid);
            return number(statement);
        }
    }

    private static final String END_INCARNATION = """
            SELECT count(*) FILTER (WHERE pg_terminate_backend(pid))::int
            FROM pg_stat_activity
            WHERE application_name LIKE 'leasehold:' || ? || ':%' AND pid <> pg_backend_pid() AND usename = current_user
            """;

    /** Ends what a dead node left on the server: its row locks would hold up the new runs. Returns how many. */
    public static int endIncarnation(Connection connection, String incarnation) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(END_INCARNATION)) {
            statement.setString(1, incarnation.replace("%", "").replace("_", ""));
            return number(statement);
        }
    }

    private static final String HISTORY = """
            SELECT system_identifier::text || '/' || CASE
                       WHEN pg_is_in_recovery() THEN 'standby' ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8)
                   END || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())
            FROM pg_control_system()
            """;

    /**
     * Names the history that this server tells: the cluster, its timeline, the database. After a failover it is another
     * one, in which our last take-over may never have happened.
     */
    public static String history(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(HISTORY);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getString(1);
        }
    }

    // Other roles' backends show it only to a role that may read all statistics.
    private static final String XMIN_AGE = """
            SELECT greatest(
                (SELECT max(greatest(age(backend_xmin), age(backend_xid))) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()),
                (SELECT max(greatest(age(xmin), age(catalog_xmin))) FROM pg_replication_slots),
                (SELECT max(age(transaction)) FROM pg_prepared_xacts WHERE database = current_database()),
                0)
            """;

    /**
     * For how many transactions the oldest snapshot that can be seen has kept vacuum from its work: an open transaction, a
     * replication slot, or a prepared transaction.
     */
    public static int xminAge(Connection connection) throws SQLException {
        return number(connection, XMIN_AGE);
    }

    private static int number(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            return number(statement);
        }
    }

    private static int number(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getInt(1);
        }
    }
}
