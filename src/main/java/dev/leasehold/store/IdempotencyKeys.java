package dev.leasehold.store;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Idempotency keys of requests that create a task, kept for a day: a late repeat gets the first answer. */
public final class IdempotencyKeys {

    private IdempotencyKeys() {}

    /**
     * What a key was used for.
     *
     * @param members the members of the batch that was created with the task, in the order given
     * @param sameBody false when the repeat asks for something else
     */
    public record Used(long taskId, List<Long> members, boolean sameBody) {}

    // The lock makes two requests with one key wait for each other, so that the second finds the first one's row.
    private static final String LOCK =
            "SELECT pg_advisory_xact_lock(hashtextextended('idempotency ' || ? || ' ' || ?, 0))";

    private static final String FIND =
            "SELECT body_hash, task_id, ids FROM leasehold.idempotency_key WHERE tenant = ? AND key = ?";

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
                if (!row.next()) {
                    return Optional.empty();
                }
                Array ids = row.getArray("ids");
                return Optional.of(new Used(
                        row.getLong("task_id"),
                        ids == null ? List.of() : List.of((Long[]) ids.getArray()),
                        Arrays.equals(row.getBytes("body_hash"), bodyHash)));
            }
        }
    }

    private static final String INSERT = """
            INSERT INTO leasehold.idempotency_key (tenant, key, body_hash, task_id, ids) VALUES (?, ?, ?, ?, ?)
            """;

    /** Keeps a key, in the transaction that creates its task, or its batch with these members. */
    public static void insert(
            Connection connection, String tenant, String key, byte[] bodyHash, long taskId, List<Long> members)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setString(1, tenant);
            statement.setString(2, key);
            statement.setBytes(3, bodyHash);
            statement.setLong(4, taskId);
            statement.setArray(5, connection.createArrayOf("int8", members.toArray()));
            statement.executeUpdate();
        }
    }

    // By now(): a clock that is asked anew for each row is no bound that an index could be read to. And in pieces, the
    // oldest first; the next round goes on.
    private static final String PRUNE = """
            DELETE FROM leasehold.idempotency_key
            WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM leasehold.idempotency_key
                WHERE created_at < now() - interval '24 hours'
                ORDER BY created_at
                LIMIT 50000
            ))
            """;

    /** Forgets keys older than a day; returns how many. */
    public static int prune(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PRUNE)) {
            return statement.executeUpdate();
        }
    }
}
