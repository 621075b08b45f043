package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** Types that rest on all nodes, since their runs kept losing their leases. A change is told on {@link Queues#CHANNEL}. */
public final class TypeRests {

    /** What an open alert of a resting type is called; its source is {@code type/<type>}. */
    public static final String ALERT = "type_resting";

    private static final String RELEASED = "type_released";

    private TypeRests() {}

    /**
     * A type that rests, or whose rest is over while none of its runs has yet kept to its lease.
     *
     * @param node that found it out
     * @param left of the rest, by the database's clock; not positive once it is over
     */
    public record Rest(String type, Instant since, Instant until, String node, String message, Duration left) {

        /** Nothing of the type starts. */
        public boolean isResting() {
            return left.toNanos() > 0;
        }
    }

    private static final String REST = """
            INSERT INTO leasehold.type_rest AS r (type, until, node, message)
            VALUES (?, clock_timestamp() + ? * interval '1 microsecond', ?, ?)
            ON CONFLICT (type) DO UPDATE
            SET until = greatest(r.until, excluded.until), node = excluded.node, message = excluded.message
            """;

    /** Lets a type rest, or rest again, with an event and an alert. */
    public static void rest(Connection connection, String type, Duration rest, String node, String message)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(REST)) {
            statement.setString(1, type);
            statement.setLong(2, rest.toNanos() / 1000);
            statement.setString(3, node);
            statement.setString(4, message);
            statement.executeUpdate();
        }
        Events.insert(connection, List.of(new Events.Event(ALERT, node, null, type, null, message, null)));
        Alerts.raise(connection, new Alerts.Alert("type/" + type, ALERT, "error", message, null, type, null));
        Queues.tell(connection);
    }

    private static final String RELEASE = "DELETE FROM leasehold.type_rest WHERE type = ?";

    /**
     * Lets a type run as before, with an event, and clears its alert.
     *
     * @param node that has seen a run keep to its lease; anything else for a person
     * @return false when it did not rest
     */
    public static boolean release(Connection connection, String type, String node, String message) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(RELEASE)) {
            statement.setString(1, type);
            if (statement.executeUpdate() == 0) {
                return false;
            }
        }
        Events.insert(connection, List.of(new Events.Event(RELEASED, node, null, type, null, message, null)));
        Alerts.clear(connection, "type/" + type, ALERT);
        Queues.tell(connection);
        return true;
    }

    private static final String LIST = """
            SELECT type, since, until, node, message,
                   (extract(epoch FROM until - clock_timestamp()) * 1000000)::bigint AS left_micros
            FROM leasehold.type_rest
            ORDER BY type
            """;

    /** All of them, by type. */
    public static List<Rest> list(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LIST);
                ResultSet row = statement.executeQuery()) {
            List<Rest> rests = new ArrayList<>();
            while (row.next()) {
                rests.add(new Rest(
                        row.getString("type"),
                        Times.read(row, "since"),
                        Times.read(row, "until"),
                        row.getString("node"),
                        row.getString("message"),
                        Duration.of(row.getLong("left_micros"), ChronoUnit.MICROS)));
            }
            return rests;
        }
    }
}
