package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Optional;

/** Idempotency keys of requests that create a task, kept for a day: a late repeat gets the first answer. */
public final class IdempotencyKeys {

    private IdempotencyKeys() {}

    /** What a key was used for. {@code sameBody} is false when the repeat asks for something else. */
    public record Used(long taskId, boolean sameBody) {}

    // The lock makes two requests with one key wait for each other, so that the second finds the first one's row.
    private static final String LOCK =
            "SELECT pg_advisory_xact_lock(hashtextextended('idempotency ' || ? || ' ' || ?, 0))";

    private static final String FIND =
            "SELECT body_hash, task_id FROM leasehold.idempotency_key WHERE tenant = ? AND key = ?";

    /** Finds a key in the caller's transaction, after waiting for another request with the same one. */
    public static Optional<Used> find(Connection connection, String tenant, String key, byte[] bodyHash)
            throws SQLException {
        try (PreparedStatement lock = connection.prepareStatement(LOCK);
                PreparedStatement find = connection.prepareStatement(FIND)) {
            lock.setString(1, tenant);
            lock.setString(2, key);
            lock.execute();
            find.setString(1, tenant);
            find.setString(2, key);
            try (ResultSet row = find.executeQuery()) {
                return row.next()
                        ? Optional.of(
                                new Used(row.getLong("task_id"), Arrays.equals(row.getBytes("body_hash"), bodyHash)))
                        : Optional.empty();
            }
        }
    }

    private static final String INSERT = """
            INSERT INTO leasehold.idempotency_key (tenant, key, body_hash, task_id) VALUES (?, ?, ?, ?)
            """;

    /** Keeps a key, in the transaction that creates its task. */
    public static void insert(Connection connection, String tenant, String key, byte[] bodyHash, long taskId)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setString(1, tenant);
            statement.setString(2, key);
            statement.setBytes(3, bodyHash);
            statement.setLong(4, taskId);
            statement.executeUpdate();
        }
    }

    private static final String PRUNE = """
            DELETE FROM leasehold.idempotency_key WHERE created_at < clock_timestamp() - interval '24 hours'
            """;

    /** Forgets keys older than a day; returns how many. */
    public static int prune(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PRUNE)) {
            return statement.executeUpdate();
        }
    }
}
