package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** What the janitor does to tasks. */
public final class Upkeep {

    private Upkeep() {}

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
