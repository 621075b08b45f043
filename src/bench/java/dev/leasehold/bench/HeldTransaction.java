package dev.leasehold.bench;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A transaction of another session that stays open in the same database. As long as it does, nothing that was deleted
 * since can be vacuumed away, which is what slows many queues down.
 */
final class HeldTransaction implements AutoCloseable {

    private final Connection connection;

    HeldTransaction(Server server, BenchDatabase database) throws SQLException {
        connection = server.superuser(database.name());
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT count(*) FROM pg_class"); // takes the snapshot
        }
    }

    /** To be called at the end of what it was held for. */
    void checkHeld() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT count(*) FROM pg_class");
        }
    }

    @Override
    public void close() throws SQLException {
        connection.rollback();
        connection.close();
    }
}
