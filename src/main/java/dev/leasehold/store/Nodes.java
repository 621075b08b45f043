package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The lives of nodes: arrival, heartbeat, goodbye. */
public final class Nodes {

    private Nodes() {}

    /**
     * One life of one node.
     *
     * @param stoppedAt when it said goodbye; null while it lives, or when it died without
     * @param lanes how many it owns
     */
    public record Node(
            String incarnation,
            String name,
            String address,
            Instant startedAt,
            Instant beatAt,
            @Nullable Instant stoppedAt,
            int lanes) {}

    private static final String REGISTER = """
            INSERT INTO leasehold.node (incarnation, name, address, lock_key)
            VALUES (?, ?, ?, ?)
            ON CONFLICT (incarnation) DO UPDATE
            SET beat_at = clock_timestamp(), address = excluded.address
            """;

    /** Enters a node; the same one again (after a reconnect) renews its heartbeat. */
    public static void register(Connection connection, String incarnation, String name, String address, long lockKey)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(REGISTER)) {
            statement.setString(1, incarnation);
            statement.setString(2, name);
            statement.setString(3, address);
            statement.setLong(4, lockKey);
            statement.executeUpdate();
        }
    }

    private static final String LOCK = "SELECT pg_try_advisory_lock(?)";

    /** Takes the session lock that says this node lives; false when another session still holds it. */
    public static boolean tryLock(Connection connection, long lockKey) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LOCK)) {
            statement.setLong(1, lockKey);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    private static final String BEAT = """
            WITH beat AS (
                UPDATE leasehold.node SET beat_at = clock_timestamp() WHERE incarnation = ? AND stopped_at IS NULL
                RETURNING incarnation
            )
            SELECT l.no, l.epoch, l.token
            FROM leasehold.lane l JOIN beat ON l.owner = beat.incarnation
            ORDER BY l.no
            """;

    /** Renews the heartbeat and tells which lanes the database says this node owns. */
    public static List<LaneFence> beat(Connection connection, String incarnation) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(BEAT)) {
            statement.setString(1, incarnation);
            return Lanes.fences(statement);
        }
    }

    private static final String STOP = """
            UPDATE leasehold.node SET stopped_at = clock_timestamp() WHERE incarnation = ? AND stopped_at IS NULL
            """;

    /** Says goodbye: its lanes may be taken at once, and nothing of it counts as a crash. */
    public static void stop(Connection connection, String incarnation) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(STOP)) {
            statement.setString(1, incarnation);
            statement.executeUpdate();
        }
    }

    private static final String LIST = """
            SELECT n.*, (SELECT count(*) FROM leasehold.lane l WHERE l.owner = n.incarnation)::int AS lanes
            FROM leasehold.node n
            WHERE n.stopped_at IS NULL AND n.beat_at > clock_timestamp() - interval '1 hour'
               OR n.stopped_at > clock_timestamp() - interval '1 hour'
            ORDER BY n.started_at DESC
            LIMIT 200
            """;

    /** The nodes that live, and those that died or stopped within the last hour; newest first. */
    public static List<Node> list(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LIST);
                ResultSet row = statement.executeQuery()) {
            List<Node> nodes = new ArrayList<>();
            while (row.next()) {
                nodes.add(new Node(
                        row.getString("incarnation"),
                        row.getString("name"),
                        row.getString("address"),
                        Times.read(row, "started_at"),
                        Times.read(row, "beat_at"),
                        Times.readNullable(row, "stopped_at"),
                        row.getInt("lanes")));
            }
            return nodes;
        }
    }
}
