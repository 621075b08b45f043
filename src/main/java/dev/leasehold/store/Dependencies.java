package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Which tasks wait for the success of which others. */
public final class Dependencies {

    private Dependencies() {}

    private static final String LOCK = "SELECT id, state FROM leasehold.task WHERE id = ANY (?) ORDER BY id FOR UPDATE";

    private static final String SUCCEEDED = """
            SELECT DISTINCT task_id FROM leasehold.run
            WHERE task_id = ANY (?) AND final AND outcome IN ('success', 'partial', 'skipped')
            """;

    private static final String MARK = """
            UPDATE leasehold.task SET needed = true, version = version + 1 WHERE id = ANY (?) AND NOT needed
            """;

    /**
     * Makes these tasks leave word of their end, in the caller's transaction.
     *
     * @return those that are still to succeed; the others have done so
     * @throws IllegalArgumentException when one was cancelled, or was never there
     */
    public static Set<Long> need(Connection connection, Collection<Long> needs) throws SQLException {
        if (needs.isEmpty()) {
            return Set.of();
        }
        if (connection.getAutoCommit()) {
            throw new IllegalStateException(
                    "tasks that wait for others are created in a transaction, not in autocommit");
        }
        Set<Long> open = new TreeSet<>();
        try (PreparedStatement statement = connection.prepareStatement(LOCK)) {
            statement.setArray(1, connection.createArrayOf("int8", needs.toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    if (row.getString("state").equals("cancelled")) {
                        throw new IllegalArgumentException("task " + row.getLong("id") + " was cancelled");
                    }
                    open.add(row.getLong("id"));
                }
            }
        }
        Set<Long> gone = new HashSet<>(needs);
        gone.removeAll(open);
        if (!gone.isEmpty()) {
            gone.removeAll(ids(connection, SUCCEEDED, gone));
            if (!gone.isEmpty()) {
                throw new IllegalArgumentException("task " + gone.iterator().next() + " is not there");
            }
        }
        try (PreparedStatement statement = connection.prepareStatement(MARK)) {
            statement.setArray(1, connection.createArrayOf("int8", open.toArray()));
            statement.executeUpdate();
        }
        return open;
    }

    private static Set<Long> ids(Connection connection, String sql, Collection<Long> of) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(1, connection.createArrayOf("int8", of.toArray()));
            Set<Long> found = new HashSet<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found.add(row.getLong(1));
                }
            }
            return found;
        }
    }

    private static final String ADD = """
            INSERT INTO leasehold.dependency (needs_id, task_id) SELECT needs_id, ? FROM unnest(?::bigint[]) AS n (needs_id)
            ON CONFLICT DO NOTHING
            """;

    /** The task waits for these, in the transaction that has created it as blocked. */
    static void add(Connection connection, long task, Collection<Long> needs) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ADD)) {
            statement.setLong(1, task);
            statement.setArray(2, connection.createArrayOf("int8", needs.toArray()));
            statement.executeUpdate();
        }
    }

    private static final String OPEN =
            "SELECT needs_id FROM leasehold.dependency WHERE task_id = ANY (?) ORDER BY 1 LIMIT 1000";

    /** What a task still waits for, at most a thousand of them. */
    public static List<Long> open(Connection connection, long task) throws SQLException {
        return List.copyOf(new TreeSet<>(ids(connection, OPEN, List.of(task))));
    }

    /**
     * What a piece of work on ends has led to.
     *
     * @param freed tasks that are active now
     * @param stopped tasks that wait for something that will not come
     * @param more there is more to do
     * @param position the largest id that was worked off
     */
    public record Freed(List<Tasks.Created> freed, List<Stopped> stopped, boolean more, long position) {}

    /** A task that needs a person, since a task that it waits for was cancelled. */
    public record Stopped(long id, String type, String tenant) {}

    private static final int ENDS_MAX = 200;
    private static final int PAIRS_MAX = 2_000;

    // Behind what was worked off before: while somebody holds a transaction open, its rows stand there as dead ones.
    private static final String ENDS = """
            SELECT id, task_id, success FROM leasehold.task_end WHERE id > ? ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED
            """;

    // Each need by the index: of a table that has grown since it was last analyzed the planner would read the whole.
    private static final String PAIRS = """
            SELECT d.needs_id, d.task_id
            FROM unnest(?::bigint[]) AS n (id)
            CROSS JOIN LATERAL (
                SELECT needs_id, task_id FROM leasehold.dependency WHERE needs_id = n.id ORDER BY needs_id, task_id LIMIT ?
            ) AS d
            LIMIT ?
            """;

    // After the lock of the tasks, in the order in which a cancellation takes them; and none is passed over: what
    // somebody
    // else holds may yet be taken back.
    private static final String MET = """
            DELETE FROM leasehold.dependency d
            USING unnest(?::bigint[], ?::bigint[]) AS p (needs_id, task_id)
            WHERE d.needs_id = p.needs_id AND d.task_id = p.task_id
            """;

    // Those that were stopped too: who resumes one looks at what it still waits for, and then one of the two sees the
    // other.
    private static final String LOCK_BLOCKED = """
            SELECT id FROM leasehold.task
            WHERE id = ANY (?) AND state IN ('blocked', 'needs_intervention', 'paused')
            ORDER BY id
            FOR UPDATE
            """;

    // A statement of its own, after the lock: it sees what another node has removed before it let the lock go, so that
    // of
    // two who remove the last two needs of a task one frees it.
    private static final String FREE = """
            UPDATE leasehold.task t
            SET state = 'active', due_at = greatest(t.due_at, clock_timestamp()), version = t.version + 1
            WHERE t.id = ANY (?) AND t.state = 'blocked'
              AND NOT EXISTS (SELECT FROM leasehold.dependency d WHERE d.task_id = t.id)
            RETURNING t.id, t.lane, t.priority, t.due_at
            """;

    private static final String STOP = """
            UPDATE leasehold.task t
            SET state = 'needs_intervention', due_at = NULL, version = t.version + 1,
                pattern = '{"reason": "dependency", "messages": ["a task that it waits for was cancelled"]}'
            WHERE t.id = ANY (?) AND t.state = 'blocked'
            RETURNING t.id, t.type, t.tenant
            """;

    private static final String ENDS_DONE = "DELETE FROM leasehold.task_end WHERE id = ANY (?)";

    /**
     * Works off a piece of what has ended, in the caller's transaction. Nodes may do it at the same time.
     *
     * @param after only ends with larger ids; 0 for all. Ids are not in the order of COMMITs, so who passes more than 0 looks
     *     at all of them now and then
     */
    public static Freed workOff(Connection connection, long after) throws SQLException {
        List<Long> ends = new ArrayList<>();
        Set<Long> succeeded = new HashSet<>();
        Set<Long> failed = new HashSet<>();
        try (PreparedStatement statement = connection.prepareStatement(ENDS)) {
            statement.setLong(1, after);
            statement.setInt(2, ENDS_MAX);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    ends.add(row.getLong("id"));
                    (row.getBoolean("success") ? succeeded : failed).add(row.getLong("task_id"));
                }
            }
        }
        if (ends.isEmpty()) {
            return new Freed(List.of(), List.of(), false, after);
        }
        failed.removeAll(succeeded);
        List<Pair> met = pairs(connection, succeeded);
        List<Pair> unmet = pairs(connection, failed);
        boolean all = met.size() < PAIRS_MAX && unmet.size() < PAIRS_MAX;
        Set<Long> touched = new TreeSet<>();
        met.forEach(pair -> touched.add(pair.task()));
        unmet.forEach(pair -> touched.add(pair.task()));
        List<Stopped> stopped = List.of();
        List<Tasks.Created> freed = List.of();
        if (!touched.isEmpty()) {
            ids(connection, LOCK_BLOCKED, touched);
            remove(connection, met);
            remove(connection, unmet);
            stopped = stop(connection, unmet.stream().map(Pair::task).toList());
            freed = free(connection, touched);
        }
        if (all) {
            execute(connection, ENDS_DONE, ends);
        }
        long position = all ? ends.get(ends.size() - 1) : after;
        return new Freed(freed, stopped, !all || ends.size() == ENDS_MAX, position);
    }

    private record Pair(long need, long task) {}

    private static List<Pair> pairs(Connection connection, Set<Long> needs) throws SQLException {
        List<Pair> pairs = new ArrayList<>();
        if (needs.isEmpty()) {
            return pairs;
        }
        try (PreparedStatement statement = connection.prepareStatement(PAIRS)) {
            statement.setArray(1, connection.createArrayOf("int8", needs.toArray()));
            statement.setInt(2, PAIRS_MAX);
            statement.setInt(3, PAIRS_MAX);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    pairs.add(new Pair(row.getLong("needs_id"), row.getLong("task_id")));
                }
            }
        }
        return pairs;
    }

    private static void remove(Connection connection, List<Pair> pairs) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(MET)) {
            statement.setArray(
                    1,
                    connection.createArrayOf(
                            "int8", pairs.stream().map(Pair::need).toArray()));
            statement.setArray(
                    2,
                    connection.createArrayOf(
                            "int8", pairs.stream().map(Pair::task).toArray()));
            statement.executeUpdate();
        }
    }

    private static List<Stopped> stop(Connection connection, List<Long> tasks) throws SQLException {
        List<Stopped> stopped = new ArrayList<>();
        if (tasks.isEmpty()) {
            return stopped;
        }
        try (PreparedStatement statement = connection.prepareStatement(STOP)) {
            statement.setArray(1, connection.createArrayOf("int8", tasks.toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    stopped.add(new Stopped(row.getLong("id"), row.getString("type"), row.getString("tenant")));
                }
            }
        }
        return stopped;
    }

    private static List<Tasks.Created> free(Connection connection, Set<Long> tasks) throws SQLException {
        List<Tasks.Created> freed = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(FREE)) {
            statement.setArray(1, connection.createArrayOf("int8", tasks.toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    freed.add(new Tasks.Created(
                            row.getLong("id"),
                            true,
                            row.getInt("lane"),
                            row.getInt("priority"),
                            Times.read(row, "due_at")));
                }
            }
        }
        return freed;
    }

    private static void execute(Connection connection, String sql, Collection<Long> ids) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(1, connection.createArrayOf("int8", ids.toArray()));
            statement.executeUpdate();
        }
    }
}
