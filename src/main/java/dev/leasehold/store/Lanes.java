package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who owns which lane. The database decides who lives; a take-over compares the epoch that was judged. */
public final class Lanes {

    private Lanes() {}

    /**
     * A lane as the database shows it, with what it knows of the owner's life.
     *
     * @param owner null when the lane is free
     * @param ownerStopped the owner said goodbye, or is unknown to the node table
     * @param beatAge since the owner's last heartbeat, by the database's clock; zero without an owner
     * @param lockHeld the owner's session advisory lock is held
     * @param address where the owner's actors are reached
     */
    public record Lane(
            int no,
            @Nullable String owner,
            long epoch,
            @Nullable Instant takenAt,
            boolean ownerStopped,
            Duration beatAge,
            boolean lockHeld,
            @Nullable String address) {}

    private static final String ENSURE_COUNT = """
            INSERT INTO leasehold.setting (name, value) VALUES ('lanes', ?), ('check_cycles', 0)
            ON CONFLICT (name) DO NOTHING
            """;

    private static final String READ_COUNT = "SELECT value FROM leasehold.setting WHERE name = 'lanes'";

    private static final String ENSURE_LANES = """
            INSERT INTO leasehold.lane (no)
            SELECT no FROM generate_series(0, ? - 1) AS no
            ON CONFLICT (no) DO NOTHING
            """;

    /**
     * Fixes the number of lanes at the very first start and makes their rows.
     *
     * @return the number that holds, which an earlier start may have fixed otherwise
     */
    public static int ensure(Connection connection, int lanes) throws SQLException {
        try (PreparedStatement count = connection.prepareStatement(ENSURE_COUNT);
                PreparedStatement read = connection.prepareStatement(READ_COUNT);
                PreparedStatement rows = connection.prepareStatement(ENSURE_LANES)) {
            count.setLong(1, lanes);
            count.executeUpdate();
            int fixed;
            try (ResultSet row = read.executeQuery()) {
                row.next();
                fixed = row.getInt(1);
            }
            rows.setInt(1, fixed);
            rows.executeUpdate();
            return fixed;
        }
    }

    private static final String LIST = """
            SELECT l.no, l.owner, l.epoch, l.taken_at,
                   (l.owner IS NOT NULL AND (n.incarnation IS NULL OR n.stopped_at IS NOT NULL)) AS owner_stopped,
                   coalesce(extract(epoch FROM clock_timestamp() - n.beat_at) * 1000, 0)::bigint AS beat_age_ms,
                   EXISTS (
                       SELECT FROM pg_locks k
                       WHERE k.locktype = 'advisory' AND k.granted AND k.objsubid = 1
                         AND k.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                         AND (k.classid::bigint << 32 | k.objid::bigint) = n.lock_key
                   ) AS lock_held,
                   n.address
            FROM leasehold.lane l
            LEFT JOIN leasehold.node n ON n.incarnation = l.owner
            ORDER BY l.no
            """;

    /** All lanes, in the order of their numbers. */
    public static List<Lane> list(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LIST);
                ResultSet row = statement.executeQuery()) {
            List<Lane> lanes = new ArrayList<>();
            while (row.next()) {
                lanes.add(new Lane(
                        row.getInt("no"),
                        row.getString("owner"),
                        row.getLong("epoch"),
                        Times.readNullable(row, "taken_at"),
                        row.getBoolean("owner_stopped"),
                        Duration.ofMillis(row.getLong("beat_age_ms")),
                        row.getBoolean("lock_held"),
                        row.getString("address")));
            }
            return lanes;
        }
    }

    private static final String SERVER_UP = """
            SELECT (extract(epoch FROM clock_timestamp() - pg_postmaster_start_time()) * 1000)::bigint
            """;

    /**
     * Since the server's start. A restart of the database frees all locks and ages all heartbeats at once, so nobody is
     * judged dead in its first seconds.
     */
    public static Duration serverUp(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SERVER_UP);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return Duration.ofMillis(row.getLong(1));
        }
    }

    // One lane a transaction, and never without its own row lock: the UPDATE waits for those who complete under the old
    // ownership. The judged epoch keeps a second judge from taking the lane from the first, who lives.
    private static final String TAKE_OVER = """
            UPDATE leasehold.lane
            SET owner = ?, epoch = epoch + 1, token = gen_random_uuid(), taken_at = clock_timestamp(),
                cautious_until = CASE
                    WHEN ? THEN clock_timestamp() + interval '1 minute' ELSE cautious_until
                END
            WHERE no = ? AND epoch = ?
            RETURNING no, epoch, token
            """;

    // A crash counts against the runs that were entered as cautious, if there are any, else against all that were
    // entered.
    private static final String CONVICT = """
            WITH dead AS (
                DELETE FROM leasehold.running WHERE lane = ? RETURNING task_id, cautious
            )
            UPDATE leasehold.task t
            SET crashes = t.crashes + 1, version = t.version + 1
            FROM dead
            WHERE ? AND t.id = dead.task_id
              AND (dead.cautious OR NOT EXISTS (SELECT FROM dead d WHERE d.cautious))
            """;

    /**
     * Takes a lane over. To be run in one transaction; nothing may start before its COMMIT is known.
     *
     * @param judgedEpoch the epoch under which the lane was judged free or its owner dead
     * @param crashed the owner died without goodbye: its runs in the ledger were in flight at a crash
     * @return empty when somebody else changed the lane since; then judge anew
     */
    public static Optional<LaneFence> takeOver(
            Connection connection, int lane, long judgedEpoch, String newOwner, boolean crashed) throws SQLException {
        try (PreparedStatement take = connection.prepareStatement(TAKE_OVER);
                PreparedStatement convict = connection.prepareStatement(CONVICT)) {
            take.setString(1, newOwner);
            take.setBoolean(2, crashed);
            take.setInt(3, lane);
            take.setLong(4, judgedEpoch);
            List<LaneFence> taken = fences(take);
            if (!taken.isEmpty()) {
                convict.setInt(1, lane);
                convict.setBoolean(2, crashed);
                convict.executeUpdate();
            }
            return taken.stream().findFirst();
        }
    }

    private static final String CAUTIOUS_UNTIL = """
            SELECT cautious_until FROM leasehold.lane WHERE no = ? AND cautious_until > clock_timestamp()
            """;

    /** Until when the lane's runs are to be started with care, by the database's clock; empty when they need not. */
    public static Optional<Instant> cautiousUntil(Connection connection, int lane) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CAUTIOUS_UNTIL)) {
            statement.setInt(1, lane);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(Times.read(row, "cautious_until")) : Optional.empty();
            }
        }
    }

    private static final String RELEASE = """
            UPDATE leasehold.lane SET owner = NULL WHERE no = ? AND owner = ? AND epoch = ? AND token = ?
            """;

    /** Gives a lane back after everything in flight was flushed; false when it was not this node's any more. */
    public static boolean release(Connection connection, String owner, LaneFence fence) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(RELEASE)) {
            statement.setInt(1, fence.lane());
            statement.setString(2, owner);
            statement.setLong(3, fence.epoch());
            statement.setObject(4, fence.token());
            return statement.executeUpdate() == 1;
        }
    }

    static List<LaneFence> fences(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            List<LaneFence> fences = new ArrayList<>();
            while (row.next()) {
                fences.add(new LaneFence(row.getInt(1), row.getLong(2), row.getObject(3, UUID.class)));
            }
            return fences;
        }
    }
}
