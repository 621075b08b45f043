package dev.leasehold.store;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Events that handlers emitted, one row an event and subscription. What is delivered leaves the table. */
public final class Outbox {

    private Outbox() {}

    /**
     * An event that is to be written.
     *
     * @param payload JSON text
     */
    public record NewEvent(DueTask task, String name, String payload) {}

    // For each subscription that wants it, in the order in which the events were emitted.
    private static final String INSERT = """
            INSERT INTO leasehold.outbox (subscription, lane, task_id, run_no, attempt, type, tenant, key, name, payload)
            SELECT s.name, e.lane, e.task_id, e.run_no, e.attempt, e.type, e.tenant, e.key, e.name, e.payload::jsonb
            FROM unnest(?::smallint[], ?::bigint[], ?::int[], ?::int[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
                     WITH ORDINALITY AS e (lane, task_id, run_no, attempt, type, tenant, key, name, payload, place)
            JOIN leasehold.subscription s ON s.events IS NULL OR e.name = ANY (s.events)
            ORDER BY e.place
            """;

    /** Writes events in the transaction of the end of their runs. */
    public static void insert(Connection connection, List<NewEvent> events) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setArray(
                    1, array(connection, "int2", events, event -> event.task().lane()));
            statement.setArray(
                    2, array(connection, "int8", events, event -> event.task().id()));
            statement.setArray(
                    3, array(connection, "int4", events, event -> event.task().runNo()));
            statement.setArray(
                    4, array(connection, "int4", events, event -> event.task().attempt()));
            statement.setArray(
                    5, array(connection, "text", events, event -> event.task().type()));
            statement.setArray(
                    6, array(connection, "text", events, event -> event.task().tenant()));
            statement.setArray(
                    7, array(connection, "text", events, event -> event.task().key()));
            statement.setArray(8, array(connection, "text", events, NewEvent::name));
            statement.setArray(9, array(connection, "text", events, NewEvent::payload));
            statement.executeUpdate();
        }
    }

    private static Array array(
            Connection connection, String type, List<NewEvent> events, Function<NewEvent, @Nullable Object> column)
            throws SQLException {
        return connection.createArrayOf(type, events.stream().map(column).toArray());
    }

    /**
     * An event that waits for its delivery.
     *
     * @param tries deliveries that have failed
     * @param key null where the task's id stands in for it
     * @param payload JSON text
     * @param error what the last failed delivery said
     */
    public record Event(
            long id,
            String name,
            String payload,
            long taskId,
            int runNo,
            int attempt,
            String type,
            String tenant,
            @Nullable String key,
            Instant emittedAt,
            int tries,
            @Nullable Instant givenUpAt,
            @Nullable String error) {}

    // Only by the owner of the event's lane, so that one node delivers the events of a task. One whose turn has not
    // come
    // again holds back those of its task that stand behind it.
    private static final String NEXT = """
            SELECT o.*
            FROM leasehold.outbox o
            JOIN leasehold.lane l ON l.no = o.lane AND l.owner = ?
            WHERE o.subscription BETWEEN ? AND ?
              AND o.id > ?
              AND o.given_up_at IS NULL
              AND o.next_at <= clock_timestamp()
              AND NOT EXISTS (
                  SELECT FROM leasehold.outbox e
                  WHERE e.subscription = o.subscription AND e.task_id = o.task_id AND e.id < o.id
                    AND e.given_up_at IS NULL AND e.tries > 0 AND e.next_at > clock_timestamp()
              )
            ORDER BY o.subscription, o.id
            LIMIT ?
            """;

    /**
     * What is to be delivered now, in order, of the lanes that this node owns.
     *
     * @param after only events with larger ids; 0 for all. What was delivered stands before it, as dead rows while somebody
     *     holds a transaction open; ids are not in the order of COMMITs, so who passes more than 0 looks at all now and then
     */
    public static List<Event> next(Connection connection, String node, String subscription, long after, int limit)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(NEXT)) {
            statement.setString(1, node);
            statement.setString(2, subscription);
            statement.setString(3, subscription);
            statement.setLong(4, after);
            statement.setInt(5, limit);
            return read(statement);
        }
    }

    // The range of one name: with "=", and the order of the ids alone, the planner may walk the events of all others.
    private static final String OPEN = """
            SELECT * FROM leasehold.outbox
            WHERE subscription BETWEEN ? AND ? AND given_up_at IS NULL
            ORDER BY subscription, id
            LIMIT ?
            """;

    /** The first events of a feed that were not acknowledged. */
    public static List<Event> open(Connection connection, String subscription, int limit) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(OPEN)) {
            statement.setString(1, subscription);
            statement.setString(2, subscription);
            statement.setInt(3, limit);
            return read(statement);
        }
    }

    private static final String DONE = "DELETE FROM leasehold.outbox WHERE subscription = ? AND id = ANY (?::bigint[])";

    /** These were delivered; returns how many of them were still there. */
    public static int delivered(Connection connection, String subscription, Collection<Long> ids) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(DONE)) {
            statement.setString(1, subscription);
            statement.setArray(2, connection.createArrayOf("int8", ids.toArray()));
            return statement.executeUpdate();
        }
    }

    private static final String FAILED = """
            UPDATE leasehold.outbox
            SET tries = tries + 1, error = ?, next_at = clock_timestamp() + ? * interval '1 millisecond',
                given_up_at = CASE WHEN ? THEN clock_timestamp() END
            WHERE id = ? AND given_up_at IS NULL
            """;

    /**
     * A delivery failed.
     *
     * @param wait null: it is given up, and those behind it go on
     */
    public static void failed(Connection connection, long id, @Nullable Duration wait, String error)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FAILED)) {
            statement.setString(1, error);
            statement.setLong(2, wait == null ? 0 : wait.toMillis());
            statement.setBoolean(3, wait == null);
            statement.setLong(4, id);
            statement.executeUpdate();
        }
    }

    private static final String REDRIVE = """
            UPDATE leasehold.outbox SET given_up_at = NULL, tries = 0, next_at = clock_timestamp()
            WHERE subscription = ? AND given_up_at IS NOT NULL
            """;

    /** Tries again what was given up; returns how many these are. */
    public static int redrive(Connection connection, String subscription) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(REDRIVE)) {
            statement.setString(1, subscription);
            return statement.executeUpdate();
        }
    }

    private static List<Event> read(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            List<Event> events = new ArrayList<>();
            while (row.next()) {
                events.add(new Event(
                        row.getLong("id"),
                        row.getString("name"),
                        row.getString("payload"),
                        row.getLong("task_id"),
                        row.getInt("run_no"),
                        row.getInt("attempt"),
                        row.getString("type"),
                        row.getString("tenant"),
                        row.getString("key"),
                        Times.read(row, "emitted_at"),
                        row.getInt("tries"),
                        Times.readNullable(row, "given_up_at"),
                        row.getString("error")));
            }
            return events;
        }
    }
}
