package dev.leasehold.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One PostgreSQL for all tests of a JVM, started at first use. Each test class takes a database of its own, owned by a
 * plain role of its own, so that tests neither see each other's rows nor share a role's connections.
 */
public final class TestPostgres {

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private TestPostgres() {}

    /** A database and the plain role that owns it. */
    public record Database(String url, String user, String password, int port) {

        /** A connection outside all pools, for arranging and observing. */
        public Connection connect() throws SQLException {
            return DriverManager.getConnection(url, user, password);
        }

        /** Runs one statement on a connection of its own. */
        public void execute(String sql) throws SQLException {
            try (Connection connection = connect();
                    Statement statement = connection.createStatement()) {
                statement.execute(sql);
            }
        }
    }

    /** An empty database. */
    public static Database freshDatabase() {
        String name = "test_" + NUMBER.incrementAndGet();
        int port = Holder.SERVER.getPort();
        try (Connection admin = superuser();
                Statement statement = admin.createStatement()) {
            statement.execute("CREATE ROLE " + name + " LOGIN PASSWORD '" + name + "'");
            statement.execute("CREATE DATABASE " + name + " OWNER " + name);
        } catch (SQLException e) {
            throw new IllegalStateException("cannot make database " + name, e);
        }
        return new Database("jdbc:postgresql://127.0.0.1:" + port + "/" + name, name, name, port);
    }

    /** A connection as superuser to the server's maintenance database, for observing all backends. */
    public static Connection superuser() throws SQLException {
        return Holder.SERVER.getPostgresDatabase().getConnection();
    }

    /** Started at first use; the JVM's exit stops it. */
    private static final class Holder {
        private static final EmbeddedPostgres SERVER = start();

        private static EmbeddedPostgres start() {
            try {
                return EmbeddedPostgres.builder()
                        .setServerConfig("max_connections", "200")
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
