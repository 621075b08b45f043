package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What happened beside the runs, in the order in which it was written. */
public final class Events {

    private Events() {}

    /**
     * An event to be written; its time is the database's.
     *
     * @param type a stable word such as {@code lane_taken}
     * @param data JSON text
     */
    public record Event(
            String type,
            @Nullable String node,
            @Nullable Long taskId,
            @Nullable String taskType,
            @Nullable String tenant,
            @Nullable String message,
            @Nullable String data) {

        /** An event of the node itself. */
        public static Event node(String type, String node, String message) {
            return new Event(type, node, null, null, null, message, null);
        }
    }

    private static final String INSERT = """
            INSERT INTO leasehold.event (type, node, task_id, task_type, tenant, message, data)
            SELECT i.type, i.node, i.task_id, i.task_type, i.tenant, i.message, i.data::jsonb
            FROM unnest(?::text[], ?::text[], ?::bigint[], ?::text[], ?::text[], ?::text[], ?::text[])
                     AS i (type, node, task_id, task_type, tenant, message, data)
            """;

    /** Writes events in the caller's transaction. */
    public static void insert(Connection connection, List<Event> events) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setArray(1, connection.createArrayOf("text", column(events, Event::type)));
            statement.setArray(2, connection.createArrayOf("text", column(events, Event::node)));
            statement.setArray(3, connection.createArrayOf("int8", column(events, Event::taskId)));
            statement.setArray(4, connection.createArrayOf("text", column(events, Event::taskType)));
            statement.setArray(5, connection.createArrayOf("text", column(events, Event::tenant)));
            statement.setArray(6, connection.createArrayOf("text", column(events, Event::message)));
            statement.setArray(7, connection.createArrayOf("text", column(events, Event::data)));
            statement.executeUpdate();
        }
    }

    private static @Nullable Object[] column(
            List<Event> events, java.util.function.Function<Event, @Nullable Object> column) {
        return events.stream().map(column).toArray();
    }

    // The number comes from a row, not from a sequence: a crash must leave no gap.
    private static final String CYCLE = """
            WITH numbered AS (
                UPDATE leasehold.setting SET value = value + 1 WHERE name = 'check_cycles' RETURNING value
            )
            INSERT INTO leasehold.event (type, node, message, data)
            SELECT 'check_cycle', ?, ?, ?::jsonb || jsonb_build_object('cycle', value) FROM numbered
            RETURNING (data ->> 'cycle')::bigint
            """;

    /**
     * Writes a check cycle and raises the number of cycles, in one statement.
     *
     * @param data JSON text of an object
     * @return the cycle's number, without gaps over all nodes and restarts
     */
    public static long insertCycle(Connection connection, String node, String message, String data)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CYCLE)) {
            statement.setString(1, node);
            statement.setString(2, message);
            statement.setString(3, data);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    throw new StoreException("the counter of check cycles is missing in leasehold.setting");
                }
                return row.getLong(1);
            }
        }
    }

    /** An event as it was written. */
    public record Row(long id, Instant at, Event event) {}

    /** What a list shall hold; null means any. The position is that of the last event shown. */
    public record Filter(
            @Nullable String type,
            @Nullable Instant since,
            @Nullable Instant beforeAt,
            long beforeId,
            int limit) {}

    private static final String LIST = """
            SELECT * FROM leasehold.event
            WHERE (?::text IS NULL OR type = ?)
              AND (?::timestamptz IS NULL OR at >= ?)
              AND (?::timestamptz IS NULL OR (at, id) < (?, ?))
            ORDER BY at DESC, id DESC
            LIMIT ?
            """;

    /** Events, newest first. */
    public static List<Row> list(Connection connection, Filter filter) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LIST)) {
            statement.setString(1, filter.type());
            statement.setString(2, filter.type());
            for (int i = 3; i <= 6; i++) {
                Instant bound = i <= 4 ? filter.since() : filter.beforeAt();
                statement.setObject(i, Times.bindNullable(bound), java.sql.Types.TIMESTAMP_WITH_TIMEZONE);
            }
            statement.setLong(7, filter.beforeId());
            statement.setInt(8, filter.limit());
            return read(statement);
        }
    }

    private static final String SINCE = "SELECT * FROM leasehold.event WHERE id > ? ORDER BY id LIMIT ?";

    /** Events behind an id, oldest first: for a listener who was away. */
    public static List<Row> since(Connection connection, long afterId, int limit) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SINCE)) {
            statement.setLong(1, afterId);
            statement.setInt(2, limit);
            return read(statement);
        }
    }

    private static List<Row> read(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            List<Row> events = new ArrayList<>();
            while (row.next()) {
                long task = row.getLong("task_id");
                @Nullable Long taskId = row.wasNull() ? null : task;
                events.add(new Row(
                        row.getLong("id"),
                        Times.read(row, "at"),
                        new Event(
                                row.getString("type"),
                                row.getString("node"),
                                taskId,
                                row.getString("task_type"),
                                row.getString("tenant"),
                                row.getString("message"),
                                row.getString("data"))));
            }
            return events;
        }
    }
}
