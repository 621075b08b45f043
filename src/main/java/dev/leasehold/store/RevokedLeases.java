package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Leases that did not end by release, with the culprit: newest first. */
public final class RevokedLeases {

    private RevokedLeases() {}

    /** One of them, in the words of the API. */
    public record Row(
            String leaseId,
            String pool,
            String leaseClass,
            @Nullable String taskId,
            @Nullable String runId,
            @Nullable String type,
            @Nullable String tenant,
            String actor,
            String node,
            String cause,
            Instant grantedAt,
            Instant revokedAt,
            long heldMillis,
            long idleMillis,
            boolean inTransaction,
            @Nullable String sql,
            @Nullable String acquiredStack,
            @Nullable String holderStack,
            String reclaimedBy,
            long reclaimMillis) {}

    private static final String INSERT = """
            INSERT INTO leasehold.revoked_lease (lease_id, pool, class, task_id, run_id, type, tenant, actor, node, cause,
                                                 granted_at, revoked_at, held_ms, idle_ms, in_transaction, sql,
                                                 acquired_stack, holder_stack, reclaimed_by, reclaim_ms)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """;

    public static void insert(Connection connection, Row lease) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            Object[] values = {
                lease.leaseId(),
                lease.pool(),
                lease.leaseClass(),
                lease.taskId(),
                lease.runId(),
                lease.type(),
                lease.tenant(),
                lease.actor(),
                lease.node(),
                lease.cause(),
                Times.bind(lease.grantedAt()),
                Times.bind(lease.revokedAt()),
                lease.heldMillis(),
                lease.idleMillis(),
                lease.inTransaction(),
                lease.sql(),
                lease.acquiredStack(),
                lease.holderStack(),
                lease.reclaimedBy(),
                lease.reclaimMillis(),
            };
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            statement.executeUpdate();
        }
    }

    /** One of them with its number, by which lists go on. */
    public record Numbered(long id, Row lease) {}

    private static final String LIST = """
            SELECT * FROM leasehold.revoked_lease
            WHERE ?::bigint IS NULL
               OR (revoked_at, id) < (SELECT c.revoked_at, c.id FROM leasehold.revoked_lease c WHERE c.id = ?)
            ORDER BY revoked_at DESC, id DESC
            LIMIT ?
            """;

    /**
     * Lists them.
     *
     * @param beforeId number of the last one shown; null for the start
     */
    public static List<Numbered> list(Connection connection, @Nullable Long beforeId, int limit) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LIST)) {
            statement.setObject(1, beforeId);
            statement.setObject(2, beforeId);
            statement.setInt(3, limit);
            try (ResultSet row = statement.executeQuery()) {
                List<Numbered> leases = new ArrayList<>();
                while (row.next()) {
                    leases.add(new Numbered(row.getLong("id"), read(row)));
                }
                return leases;
            }
        }
    }

    private static Row read(ResultSet row) throws SQLException {
        return new Row(
                row.getString("lease_id"),
                row.getString("pool"),
                row.getString("class"),
                row.getString("task_id"),
                row.getString("run_id"),
                row.getString("type"),
                row.getString("tenant"),
                row.getString("actor"),
                row.getString("node"),
                row.getString("cause"),
                Times.read(row, "granted_at"),
                Times.read(row, "revoked_at"),
                row.getLong("held_ms"),
                row.getLong("idle_ms"),
                row.getBoolean("in_transaction"),
                row.getString("sql"),
                row.getString("acquired_stack"),
                row.getString("holder_stack"),
                row.getString("reclaimed_by"),
                row.getLong("reclaim_ms"));
    }
}
