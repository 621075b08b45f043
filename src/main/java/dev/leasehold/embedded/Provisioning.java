package dev.leasehold.embedded;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.postgresql.Driver;
import org.postgresql.PGConnection;

/**
 * Makes sure that the server just started is durable and holds our role and database. It works before there is any
 * pool, on one connection of its own, and can be repeated at every start.
 */
final class Provisioning {

    static final String NAME = "leasehold";
    static final String SUPERUSER = "postgres";

    /** Leaves connections for looking into the database by hand, besides the three that the server keeps. */
    private static final int ROLE_LIMIT = 80;

    private static final String SETTING = "SELECT setting FROM pg_settings WHERE name = ?";

    private static final String ROLE_EXISTS = "SELECT 1 FROM pg_roles WHERE rolname = ?";

    private static final String DATABASE_EXISTS = "SELECT 1 FROM pg_database WHERE datname = ?";

    private static final String CREATE_ROLE =
            "CREATE ROLE leasehold LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT "
                    + ROLE_LIMIT;

    private static final String CREATE_DATABASE = "CREATE DATABASE leasehold OWNER leasehold";

    private final int port;
    private final String superuserPassword;

    Provisioning(int port, String superuserPassword) {
        this.port = port;
        this.superuserPassword = superuserPassword;
    }

    /** @throws EmbeddedPostgresException when a setting that keeps data safe is off */
    void provide(String rolePassword) {
        try (Connection connection = connect()) {
            checkSettings(connection);
            if (isAbsent(connection, ROLE_EXISTS)) {
                execute(connection, CREATE_ROLE);
            }
            // Hashed here: the password itself is in no statement, so in no log of the server.
            connection.unwrap(PGConnection.class).alterUserPassword(NAME, rolePassword.toCharArray(), "scram-sha-256");
            if (isAbsent(connection, DATABASE_EXISTS)) {
                execute(connection, CREATE_DATABASE);
            }
        } catch (SQLException e) {
            throw new EmbeddedPostgresException(
                    "cannot prepare the embedded PostgreSQL on port " + port + ": " + e.getMessage(), e);
        }
    }

    private Connection connect() throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", SUPERUSER);
        properties.setProperty("password", superuserPassword);
        properties.setProperty("connectTimeout", "5");
        properties.setProperty("socketTimeout", "60");
        properties.setProperty("ApplicationName", "leasehold:provisioning");
        // Not through DriverManager: it sees only drivers of the class loader that loaded it first.
        Connection connection = new Driver().connect("jdbc:postgresql://127.0.0.1:" + port + "/postgres", properties);
        if (connection == null) {
            throw new SQLException("the driver refused its own URL");
        }
        return connection;
    }

    private static void checkSettings(Connection connection) throws SQLException {
        Map<String, String> expected = new LinkedHashMap<>();
        expected.put("fsync", "on");
        expected.put("synchronous_commit", "on");
        expected.put("full_page_writes", "on");
        expected.put("data_checksums", "on");
        for (Map.Entry<String, String> setting : expected.entrySet()) {
            String actual = show(connection, setting.getKey());
            if (!actual.equals(setting.getValue())) {
                throw new EmbeddedPostgresException("the embedded PostgreSQL runs with " + setting.getKey() + " = "
                        + actual + ", under which committed work can be lost; it must be " + setting.getValue()
                        + " (look into " + ServerConfiguration.CUSTOM + " in its data directory)");
            }
        }
    }

    private static String show(Connection connection, String setting) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SETTING)) {
            statement.setString(1, setting);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        }
    }

    private static boolean isAbsent(Connection connection, String question) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(question)) {
            statement.setString(1, NAME);
            try (ResultSet row = statement.executeQuery()) {
                return !row.next();
            }
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
