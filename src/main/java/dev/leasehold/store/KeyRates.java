package dev.leasehold.store;

import dev.leasehold.task.StartRate;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How often tasks of a type may start, for each concurrency key by itself. */
public final class KeyRates {

    private KeyRates() {}

    /** The rate of one type. */
    public record Row(String type, StartRate rate, Instant setAt, String setBy) {}

    private static final String SET = """
            INSERT INTO leasehold.key_rate AS r (type, starts, window_ms, set_by) VALUES (?, ?, ?, ?)
            ON CONFLICT (type) DO UPDATE
            SET starts = excluded.starts, window_ms = excluded.window_ms, set_by = excluded.set_by,
                set_at = clock_timestamp()
            WHERE (r.starts, r.window_ms) <> (excluded.starts, excluded.window_ms)
            """;

    /**
     * Sets a rate, in place of the one that there may be; all nodes hear of it at COMMIT.
     *
     * @return false when it was set so already
     */
    public static boolean set(Connection connection, String type, StartRate rate, String by) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SET)) {
            statement.setString(1, type);
            statement.setInt(2, rate.starts());
            statement.setLong(3, rate.window().toMillis());
            statement.setString(4, by);
            boolean changed = statement.executeUpdate() == 1;
            Queues.tell(connection);
            return changed;
        }
    }

    private static final String REMOVE = "DELETE FROM leasehold.key_rate WHERE type = ?";

    /** Lifts a rate; false when there was none. */
    public static boolean remove(Connection connection, String type) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(REMOVE)) {
            statement.setString(1, type);
            boolean changed = statement.executeUpdate() == 1;
            Queues.tell(connection);
            return changed;
        }
    }

    private static final String LIST = """
            SELECT * FROM leasehold.key_rate
            WHERE ?::text IS NULL OR type = ?
            ORDER BY type
            """;

    /** All rates that are set, by type. */
    public static List<Row> list(Connection connection) throws SQLException {
        return list(connection, null);
    }

    /** The rate of one type; empty when none is set. */
    public static Optional<Row> get(Connection connection, String type) throws SQLException {
        return list(connection, type).stream().findFirst();
    }

    private static List<Row> list(Connection connection, @Nullable String type) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LIST)) {
            statement.setString(1, type);
            statement.setString(2, type);
            List<Row> rates = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    rates.add(new Row(
                            row.getString("type"),
                            new StartRate(row.getInt("starts"), Duration.ofMillis(row.getLong("window_ms"))),
                            Times.read(row, "set_at"),
                            row.getString("set_by")));
                }
            }
            return rates;
        }
    }
}
