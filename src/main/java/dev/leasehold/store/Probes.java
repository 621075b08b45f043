package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/** Tasks that the failure rules stopped and that are to be tried once more by themselves. */
public final class Probes {

    private Probes() {}

    // The count of failures stays, so that one more failed run stops the task again; so does that of crashes, less the
    // one that would keep the task from being tried at all.
    private static final String START = """
            UPDATE leasehold.task t
            SET state = 'active', version = version + 1, changed_at = clock_timestamp(), crashes = least(crashes, 2)
            WHERE t.id IN (
                SELECT id FROM leasehold.task
                WHERE state = 'needs_intervention' AND due_at <= clock_timestamp()
                ORDER BY id
                LIMIT 1000
                FOR UPDATE SKIP LOCKED
            )
            RETURNING *, false AS running
            """;

    /** Sets those going whose rest is over; at most a thousand at once. */
    public static List<TaskRow> start(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(START)) {
            return Tasks.read(statement);
        }
    }
}
