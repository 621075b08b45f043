package dev.leasehold.store;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is done to all tasks that match, some at a time. */
public final class TaskSelections {

    private TaskSelections() {}

    /**
     * Which tasks; null means any.
     *
     * @param state on top of the states that the action allows
     * @param text part of the key, or the whole id
     */
    public record Selection(
            @Nullable Collection<Long> ids,
            @Nullable String type,
            @Nullable String state,
            @Nullable String tenant,
            @Nullable String queue,
            @Nullable String text) {

        /** Whether it names nothing, and so means everything. */
        public boolean isEmpty() {
            return ids == null && type == null && state == null && tenant == null && queue == null && text == null;
        }
    }

    /**
     * Which piece of them.
     *
     * @param afterId only larger ids
     * @param notThese tasks that are passed over: a run of them is under way here
     */
    public record Piece(long afterId, Collection<Long> notThese, int limit) {}

    // A run that is under way elsewhere is in the ledger; only "run" has to leave such a task alone.
    private static final String MATCHING = """
            FROM leasehold.task c
            WHERE c.state = ANY (?)
              AND c.id > ?
              AND (?::bigint[] IS NULL OR c.id = ANY (?))
              AND (?::text IS NULL OR c.type = ?)
              AND (?::text IS NULL OR c.state = ?)
              AND (?::text IS NULL OR c.tenant = ?)
              AND (?::text IS NULL OR c.queue = ?)
              AND (?::text IS NULL OR strpos(c.key, ?) > 0 OR c.id::text = ?)
              AND c.id <> ALL (?)
              AND NOT (? AND EXISTS (SELECT FROM leasehold.running r WHERE r.task_id = c.id))
            """;

    private static final String COUNT = "SELECT count(*) " + MATCHING;

    /** How many there are. */
    public static long count(Connection connection, TaskAction action, Selection selection, Piece piece)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(COUNT)) {
            bind(connection, statement, action, selection, piece);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private static final String SHOW = "SELECT c.*, false AS running " + MATCHING + " ORDER BY c.id LIMIT ?";

    /** The first of them as they are, in the order in which {@link #apply} takes them. */
    public static List<TaskRow> show(Connection connection, TaskAction action, Selection selection, Piece piece)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SHOW)) {
            statement.setInt(bind(connection, statement, action, selection, piece), piece.limit());
            return Tasks.read(statement);
        }
    }

    // In the order of ids, so that two of these do not wait for each other.
    private static final String CHOSEN =
            "WITH chosen AS MATERIALIZED (SELECT c.id " + MATCHING + " ORDER BY c.id LIMIT ? FOR UPDATE) ";

    private static final String OF_CHOSEN = """
            WHERE t.id IN (SELECT id FROM chosen)
            RETURNING *, EXISTS (SELECT FROM leasehold.running r WHERE r.task_id = t.id) AS running
            """;

    /** Does it to the next piece, in the caller's transaction; fewer than its limit means that these were the last. */
    public static List<TaskRow> apply(Connection connection, TaskAction action, Selection selection, Piece piece)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CHOSEN + action.update() + OF_CHOSEN)) {
            statement.setInt(bind(connection, statement, action, selection, piece), piece.limit());
            return Tasks.read(statement);
        }
    }

    /** Returns the number of the next parameter. */
    private static int bind(
            Connection connection, PreparedStatement statement, TaskAction action, Selection selection, Piece piece)
            throws SQLException {
        @Nullable Array ids = selection.ids() == null ? null : ids(connection, selection.ids());
        int next = 1;
        statement.setArray(
                next++, connection.createArrayOf("text", action.from().toArray()));
        statement.setLong(next++, piece.afterId());
        statement.setArray(next++, ids);
        statement.setArray(next++, ids);
        String[] texts = {selection.type(), selection.state(), selection.tenant(), selection.queue(), selection.text()};
        for (String text : texts) {
            statement.setString(next++, text);
            statement.setString(next++, text);
        }
        statement.setString(next++, selection.text());
        statement.setArray(next++, ids(connection, piece.notThese()));
        statement.setBoolean(next++, action == TaskAction.RUN);
        return next;
    }

    private static Array ids(Connection connection, Collection<Long> ids) throws SQLException {
        return connection.createArrayOf("int8", ids.toArray());
    }
}
