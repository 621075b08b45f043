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

/** How many runs of a queue, a type or a tenant may go at once over all nodes. */
public final class RunLimits {

    private RunLimits() {}

    /**
     * One limit.
     *
     * @param kind queue, tenant or type
     */
    public record Limit(String kind, String name, int maxRunning, Instant setAt, String setBy) {}

    private static final String SET = """
            INSERT INTO leasehold.run_limit AS l (kind, name, max_running, set_by) VALUES (?, ?, ?, ?)
            ON CONFLICT (kind, name) DO UPDATE
            SET max_running = excluded.max_running, set_by = excluded.set_by, set_at = clock_timestamp()
            WHERE l.max_running <> excluded.max_running
            """;

    /**
     * Sets a limit, in place of the one that there may be; all nodes hear of it at COMMIT.
     *
     * @return false when it was set so already
     */
    public static boolean set(Connection connection, String kind, String name, int maxRunning, String by)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SET)) {
            statement.setString(1, kind);
            statement.setString(2, name);
            statement.setInt(3, maxRunning);
            statement.setString(4, by);
            boolean changed = statement.executeUpdate() == 1;
            Queues.tell(connection);
            return changed;
        }
    }

    private static final String REMOVE = "DELETE FROM leasehold.run_limit WHERE kind = ? AND name = ?";

    /** Lifts a limit; false when there was none. */
    public static boolean remove(Connection connection, String kind, String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(REMOVE)) {
            statement.setString(1, kind);
            statement.setString(2, name);
            boolean changed = statement.executeUpdate() == 1;
            Queues.tell(connection);
            return changed;
        }
    }

    private static final String LIST = """
            SELECT * FROM leasehold.run_limit
            WHERE (?::text IS NULL OR kind = ?) AND (?::text IS NULL OR name = ?)
            ORDER BY kind, name
            """;

    /** All limits, by kind and name. */
    public static List<Limit> list(Connection connection) throws SQLException {
        return list(connection, null, null);
    }

    /** One limit; empty when none is set. */
    public static Optional<Limit> get(Connection connection, String kind, String name) throws SQLException {
        return list(connection, kind, name).stream().findFirst();
    }

    private static List<Limit> list(Connection connection, @Nullable String kind, @Nullable String name)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LIST)) {
            statement.setString(1, kind);
            statement.setString(2, kind);
            statement.setString(3, name);
            statement.setString(4, name);
            List<Limit> limits = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    limits.add(new Limit(
                            row.getString("kind"),
                            row.getString("name"),
                            row.getInt("max_running"),
                            Times.read(row, "set_at"),
                            row.getString("set_by")));
                }
            }
            return limits;
        }
    }
}
