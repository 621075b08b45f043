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
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Who wants the events of the outbox. */
public final class Subscriptions {

    private static final String BEHIND = "behind";

    private Subscriptions() {}

    /** How events reach the subscriber. */
    public enum Kind {
        /** A node calls code of the application. */
        JAVA,
        /** Somebody fetches them over HTTP and acknowledges them. */
        FEED;

        /** As the table and the API write it. */
        public String label() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /**
     * A subscription and what waits for it.
     *
     * @param events names of those that are wanted; null: all
     * @param open waiting events
     * @param givenUp events whose deliveries have all failed
     */
    public record Subscription(
            String name,
            String kind,
            @Nullable List<String> events,
            Instant createdAt,
            long open,
            @Nullable Instant oldestAt,
            long givenUp) {}

    private static final String SAVE = """
            INSERT INTO leasehold.subscription AS s (name, kind, events) VALUES (?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET events = excluded.events
            WHERE s.kind = excluded.kind
            """;

    /**
     * Makes a subscription, or changes which events one of this kind wants from now on.
     *
     * @param events empty: all
     * @return false when there is one of another kind
     */
    public static boolean save(Connection connection, String name, Kind kind, Collection<String> events)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SAVE)) {
            statement.setString(1, name);
            statement.setString(2, kind.label());
            statement.setArray(3, events.isEmpty() ? null : connection.createArrayOf("text", events.toArray()));
            return statement.executeUpdate() == 1;
        }
    }

    // A list of a few; what is open of each is counted on its own index.
    private static final String LIST = """
            SELECT s.*, o.open, o.oldest_at, g.given_up
            FROM leasehold.subscription s
            CROSS JOIN LATERAL (
                SELECT count(*) AS open, min(o.emitted_at) AS oldest_at FROM leasehold.outbox o
                WHERE o.subscription = s.name AND o.given_up_at IS NULL
            ) AS o
            CROSS JOIN LATERAL (
                SELECT count(*) AS given_up FROM leasehold.outbox o
                WHERE o.subscription = s.name AND o.given_up_at IS NOT NULL
            ) AS g
            WHERE ?::text IS NULL OR s.name = ?
            ORDER BY s.name
            """;

    public static List<Subscription> list(Connection connection) throws SQLException {
        return list(connection, null);
    }

    public static Optional<Subscription> get(Connection connection, String name) throws SQLException {
        return list(connection, name).stream().findFirst();
    }

    private static List<Subscription> list(Connection connection, @Nullable String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LIST)) {
            statement.setString(1, name);
            statement.setString(2, name);
            List<Subscription> all = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    Array events = row.getArray("events");
                    all.add(new Subscription(
                            row.getString("name"),
                            row.getString("kind"),
                            events == null ? null : List.of((String[]) events.getArray()),
                            Times.read(row, "created_at"),
                            row.getLong("open"),
                            Times.readNullable(row, "oldest_at"),
                            row.getLong("given_up")));
                }
            }
            return all;
        }
    }

    /** Events removed by one statement, so that none holds its locks, or its lease, for long. */
    private static final int PIECE = 10_000;

    // Each half on its own index.
    private static final String REMOVE_SOME = """
            DELETE FROM leasehold.outbox WHERE id IN (
                (SELECT id FROM leasehold.outbox WHERE subscription = ? AND given_up_at IS NULL LIMIT ?)
                UNION ALL
                (SELECT id FROM leasehold.outbox WHERE subscription = ? AND given_up_at IS NOT NULL LIMIT ?)
            )
            """;

    /** Removes a piece of what waits for a subscription; false when that was the last of it. */
    public static boolean removeSome(Connection connection, String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(REMOVE_SOME)) {
            statement.setString(1, name);
            statement.setInt(2, PIECE);
            statement.setString(3, name);
            statement.setInt(4, PIECE);
            return statement.executeUpdate() >= PIECE;
        }
    }

    private static final String REMOVE = "DELETE FROM leasehold.subscription WHERE name = ?";

    /**
     * Ends a subscription, with all that waits for it; false when there is none. Where that may be much, the caller removes it
     * in pieces before, each in a transaction of its own.
     */
    public static boolean remove(Connection connection, String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(REMOVE)) {
            statement.setString(1, name);
            if (statement.executeUpdate() == 0) {
                return false;
            }
        }
        boolean more = true;
        while (more) {
            more = removeSome(connection, name);
        }
        return true;
    }

    // What was written by a flush that did not see the end of the subscription.
    private static final String PRUNE = """
            DELETE FROM leasehold.outbox WHERE id IN (
                SELECT o.id FROM leasehold.outbox o
                WHERE NOT EXISTS (SELECT FROM leasehold.subscription s WHERE s.name = o.subscription)
                LIMIT ?
            )
            """;

    /** Removes a piece of the events of subscriptions that are gone; returns how many. */
    public static int prune(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PRUNE)) {
            statement.setInt(1, PIECE);
            return statement.executeUpdate();
        }
    }

    /** Names of the alerts that there may be about a subscription; their source is {@code outbox/<name>}. */
    private static final List<String> ALERTS = List.of("given_up", "hangs", BEHIND);

    /** Clears all alerts about a subscription. */
    public static void clearAlerts(Connection connection, String name) throws SQLException {
        for (String alert : ALERTS) {
            Alerts.clear(connection, "outbox/" + name, alert);
        }
    }

    private static final String OLDEST = """
            SELECT s.name, s.kind, o.emitted_at,
                   coalesce(o.emitted_at < clock_timestamp() - ? * interval '1 millisecond', false) AS late
            FROM leasehold.subscription s
            LEFT JOIN LATERAL (
                SELECT o.emitted_at FROM leasehold.outbox o
                WHERE o.subscription BETWEEN s.name AND s.name AND o.given_up_at IS NULL -- see Outbox.OPEN
                ORDER BY o.subscription, o.id LIMIT 1
            ) AS o ON true
            """;

    /**
     * Raises an alert for each subscription whose oldest event has waited longer than this, and clears it for the others:
     * nobody fetches the feed, or no node has the subscriber in its code any more, and the outbox grows.
     */
    public static void alertLate(Connection connection, Duration limit) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(OLDEST)) {
            statement.setLong(1, limit.toMillis());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    String source = "outbox/" + row.getString("name");
                    if (!row.getBoolean("late")) {
                        Alerts.clear(connection, source, BEHIND);
                        continue;
                    }
                    String message = "an event of " + Times.read(row, "emitted_at") + " waits for the "
                            + row.getString("kind") + " subscription " + row.getString("name")
                            + "; where nobody wants its events any more, remove it";
                    Alerts.raise(connection, new Alerts.Alert(source, BEHIND, "warning", message, null, null, null));
                }
            }
        }
    }
}
