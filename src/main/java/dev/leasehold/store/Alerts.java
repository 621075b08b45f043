package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a person must see. One open alert a (source, name): raising it again counts it up. */
public final class Alerts {

    private Alerts() {}

    /**
     * An alert to be raised.
     *
     * @param source what it is about: {@code task/42}, {@code node}, {@code pool/platform}
     * @param name what is wrong, a stable word
     * @param severity info, warning or error
     */
    public record Alert(
            String source,
            String name,
            String severity,
            String message,
            @Nullable Long taskId,
            @Nullable String taskType,
            @Nullable String tenant) {}

    private static final String RAISE = """
            INSERT INTO leasehold.alert AS a (source, name, severity, message, task_id, task_type, tenant)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (source, name) WHERE cleared_at IS NULL DO UPDATE
            SET times = a.times + 1, updated_at = clock_timestamp(), severity = excluded.severity, message = excluded.message
            """;

    public static void raise(Connection connection, Alert alert) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(RAISE)) {
            statement.setString(1, alert.source());
            statement.setString(2, alert.name());
            statement.setString(3, alert.severity());
            statement.setString(4, alert.message());
            statement.setObject(5, alert.taskId());
            statement.setString(6, alert.taskType());
            statement.setString(7, alert.tenant());
            statement.executeUpdate();
        }
    }

    private static final String CLEAR = """
            UPDATE leasehold.alert SET cleared_at = clock_timestamp(), updated_at = clock_timestamp()
            WHERE source = ? AND name = ? AND cleared_at IS NULL
            """;

    /** Clears an open alert; false when there was none. */
    public static boolean clear(Connection connection, String source, String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CLEAR)) {
            statement.setString(1, source);
            statement.setString(2, name);
            return statement.executeUpdate() == 1;
        }
    }

    /** The source of an alert about a pool of one node. */
    public static String poolOfNode(String pool, String address) {
        return "pool/" + pool + "@" + address;
    }

    private static final String CLEAR_OF_LOST_NODES = """
            UPDATE leasehold.alert a SET cleared_at = clock_timestamp(), updated_at = clock_timestamp()
            WHERE a.cleared_at IS NULL AND a.source LIKE 'pool/%@%' AND NOT EXISTS (
                SELECT FROM leasehold.node n
                WHERE n.address = split_part(a.source, '@', 2)
                  AND n.stopped_at IS NULL AND n.beat_at > clock_timestamp() - interval '1 minute'
            )
            """;

    /** Clears what nodes have raised about their pools that are no more, and have nothing to be in trouble with. */
    public static void clearOfLostNodes(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CLEAR_OF_LOST_NODES)) {
            statement.executeUpdate();
        }
    }

    /** An alert as it stands; {@code clearedAt} is null while it is open. */
    public record Row(
            long id,
            Alert alert,
            long times,
            Instant raisedAt,
            Instant updatedAt,
            @Nullable Instant ackedAt,
            @Nullable String ackedBy,
            @Nullable Instant clearedAt) {}

    private static final String LIST = """
            SELECT * FROM leasehold.alert
            WHERE (?::bigint IS NULL OR id < ?) AND (NOT ? OR cleared_at IS NULL)
            ORDER BY id DESC
            LIMIT ?
            """;

    /**
     * Alerts, newest first.
     *
     * @param beforeId the list's cursor; null for the start
     */
    public static List<Row> list(Connection connection, @Nullable Long beforeId, boolean openOnly, int limit)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LIST)) {
            statement.setObject(1, beforeId);
            statement.setObject(2, beforeId);
            statement.setBoolean(3, openOnly);
            statement.setInt(4, limit);
            return read(statement);
        }
    }

    private static final String ACK = """
            UPDATE leasehold.alert SET acked_at = coalesce(acked_at, clock_timestamp()), acked_by = coalesce(acked_by, ?)
            WHERE id = ?
            RETURNING *
            """;

    /** Notes that somebody has seen it; the first one stays named. Empty when there is no such alert. */
    public static Optional<Row> ack(Connection connection, long id, String who) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ACK)) {
            statement.setString(1, who);
            statement.setLong(2, id);
            return read(statement).stream().findFirst();
        }
    }

    private static List<Row> read(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            List<Row> alerts = new ArrayList<>();
            while (row.next()) {
                long task = row.getLong("task_id");
                @Nullable Long taskId = row.wasNull() ? null : task;
                alerts.add(new Row(
                        row.getLong("id"),
                        new Alert(
                                row.getString("source"),
                                row.getString("name"),
                                row.getString("severity"),
                                row.getString("message"),
                                taskId,
                                row.getString("task_type"),
                                row.getString("tenant")),
                        row.getLong("times"),
                        Times.read(row, "raised_at"),
                        Times.read(row, "updated_at"),
                        Times.readNullable(row, "acked_at"),
                        row.getString("acked_by"),
                        Times.readNullable(row, "cleared_at")));
            }
            return alerts;
        }
    }
}
