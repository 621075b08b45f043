package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Named queues: which there are, and which stand still. */
public final class Queues {

    /** The channel on which nodes hear of a change, at its COMMIT. */
    public static final String CHANNEL = "leasehold_rules";

    private Queues() {}

    /** Why a queue stands still. */
    public record Pause(
            String queue, Instant at, String by, @Nullable String reason) {}

    /**
     * A queue that has tasks, or is paused.
     *
     * @param pause null while it runs
     * @param due tasks of it that are due now, those under way included
     */
    public record Queue(
            String name,
            @Nullable Pause pause,
            long tasks,
            long due,
            @Nullable Instant oldestDueAt) {}

    private static final String NOTIFY = "SELECT pg_notify('" + CHANNEL + "', '')";

    /** At the COMMIT, to all nodes. */
    static void tell(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(NOTIFY)) {
            statement.execute();
        }
    }

    private static final String PAUSE = """
            INSERT INTO leasehold.queue_pause (queue, paused_by, reason) VALUES (?, ?, ?)
            ON CONFLICT (queue) DO NOTHING
            """;

    /**
     * Stops a queue until it is resumed: nothing of it starts on any node; what is under way goes on.
     *
     * @return false when it stood still already
     */
    public static boolean pause(Connection connection, String queue, String by, @Nullable String reason)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PAUSE)) {
            statement.setString(1, queue);
            statement.setString(2, by);
            statement.setString(3, reason);
            boolean changed = statement.executeUpdate() == 1;
            tell(connection);
            return changed;
        }
    }

    private static final String RESUME = "DELETE FROM leasehold.queue_pause WHERE queue = ?";

    /** Lets a queue go on; false when it was not paused. */
    public static boolean resume(Connection connection, String queue) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(RESUME)) {
            statement.setString(1, queue);
            boolean changed = statement.executeUpdate() == 1;
            tell(connection);
            return changed;
        }
    }

    private static final String PAUSED = "SELECT * FROM leasehold.queue_pause WHERE ?::text IS NULL OR queue = ?";

    /** The names of all queues that stand still. */
    public static Set<String> paused(Connection connection) throws SQLException {
        Set<String> names = new TreeSet<>();
        pauses(connection, null).forEach(pause -> names.add(pause.queue()));
        return names;
    }

    /** The pause of a queue; empty while it runs. */
    public static Optional<Pause> pause(Connection connection, String queue) throws SQLException {
        return pauses(connection, queue).stream().findFirst();
    }

    private static List<Pause> pauses(Connection connection, @Nullable String queue) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PAUSED)) {
            statement.setString(1, queue);
            statement.setString(2, queue);
            List<Pause> pauses = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    pauses.add(new Pause(
                            row.getString("queue"),
                            Times.read(row, "paused_at"),
                            row.getString("paused_by"),
                            row.getString("reason")));
                }
            }
            return pauses;
        }
    }

    // One pass over all tasks: for people, not for programs that ask every second.
    private static final String LIST = """
            SELECT coalesce(t.queue, p.queue) AS name, p.queue, p.paused_at, p.paused_by, p.reason,
                   coalesce(t.tasks, 0) AS tasks, coalesce(t.due, 0) AS due, t.oldest_due_at
            FROM (
                SELECT queue, count(*) AS tasks,
                       count(*) FILTER (WHERE state = 'active' AND due_at <= clock_timestamp()) AS due,
                       min(due_at) FILTER (WHERE state = 'active' AND due_at <= clock_timestamp()) AS oldest_due_at
                FROM leasehold.task
                WHERE state <> 'cancelled'
                GROUP BY queue
            ) AS t
            FULL JOIN leasehold.queue_pause p ON p.queue = t.queue
            WHERE ?::text IS NULL OR coalesce(t.queue, p.queue) = ?
            ORDER BY name
            """;

    /** All queues that have tasks or are paused, by name. */
    public static List<Queue> list(Connection connection, @Nullable String only) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LIST)) {
            statement.setString(1, only);
            statement.setString(2, only);
            List<Queue> queues = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    String paused = row.getString("queue");
                    queues.add(new Queue(
                            row.getString("name"),
                            paused == null
                                    ? null
                                    : new Pause(
                                            paused,
                                            Times.read(row, "paused_at"),
                                            row.getString("paused_by"),
                                            row.getString("reason")),
                            row.getLong("tasks"),
                            row.getLong("due"),
                            Times.readNullable(row, "oldest_due_at")));
                }
            }
            return queues;
        }
    }
}
