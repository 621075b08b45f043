package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** What the janitor does to tasks. */
public final class Upkeep {

    private Upkeep() {}

    // Half open: one run decides. If it fails the rules stop the task again, because the failures before it still
    // count.
    private static final String PROBE = """
            UPDATE leasehold.task
            SET state = 'active', version = version + 1, changed_at = clock_timestamp()
            WHERE id IN (
                SELECT id FROM leasehold.task
                WHERE state = 'needs_intervention' AND due_at <= clock_timestamp()
                ORDER BY id
                LIMIT 1000
                FOR UPDATE SKIP LOCKED
            )
            RETURNING lane
            """;

    /** Sets tasks going whose cool-off is over; returns the lanes that have something to read. */
    public static List<Integer> probe(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PROBE);
                ResultSet row = statement.executeQuery()) {
            List<Integer> lanes = new ArrayList<>();
            while (row.next()) {
                if (!lanes.contains(row.getInt(1))) {
                    lanes.add(row.getInt(1));
                }
            }
            return lanes;
        }
    }

    private static final String PRUNE_CANCELLED = """
            DELETE FROM leasehold.task
            WHERE id IN (
                SELECT id FROM leasehold.task
                WHERE state = 'cancelled' AND changed_at < clock_timestamp() - make_interval(days => ?)
                ORDER BY id
                LIMIT 10000
                FOR UPDATE SKIP LOCKED
            )
            """;

    /** Removes tasks that were cancelled so many days ago; returns how many. */
    public static int pruneCancelled(Connection connection, int days) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PRUNE_CANCELLED)) {
            statement.setInt(1, days);
            return statement.executeUpdate();
        }
    }
}
