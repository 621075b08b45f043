package dev.leasehold.store;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Creates tasks, and finds one or many. What changes one is in {@link TaskChanges}. */
public final class Tasks {

    private Tasks() {}

    /**
     * What became of a task that was to be created.
     *
     * @param created false when a live task had its (tenant, type, key) already: then the id is that task's, and the rest
     *     describes it
     */
    public record Created(
            long id,
            boolean created,
            int lane,
            int priority,
            @Nullable Instant dueAt) {}

    // The id is drawn before the insert, so that the lane can follow from it and the answer keeps the order of the
    // input.
    private static final String INSERT = """
            WITH lanes AS MATERIALIZED (
                SELECT value FROM leasehold.setting WHERE name = 'lanes'
            ),
            input AS MATERIALIZED (
                SELECT nextval('leasehold.task_id') AS id, i.*
                FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::smallint[], ?::text[], ?::text[], ?::text[],
                            ?::text[], ?::bigint[], ?::bigint[], ?::boolean[], ?::boolean[])
                         WITH ORDINALITY
                         AS i (tenant, type, key, queue, priority, concurrency_key, payload, schedule, retry, timeout_ms, due,
                               blocked, needed, place)
            ),
            inserted AS (
                INSERT INTO leasehold.task (id, lane, priority, due_at, tenant, type, key, queue, concurrency_key, payload,
                                            schedule, retry, timeout_ms, state, needed)
                SELECT i.id, leasehold.lane_of(i.id, i.concurrency_key, lanes.value), i.priority,
                       greatest('epoch'::timestamptz + i.due * interval '1 microsecond', clock_timestamp()),
                       i.tenant, i.type, i.key, i.queue, i.concurrency_key, i.payload::jsonb, i.schedule::jsonb,
                       i.retry::jsonb, i.timeout_ms, CASE WHEN i.blocked THEN 'blocked' ELSE 'active' END, i.needed
                FROM input i, lanes
                ORDER BY i.place
                ON CONFLICT (tenant, type, key) WHERE key IS NOT NULL AND state <> 'cancelled' DO NOTHING
                RETURNING id, lane, priority, due_at
            )
            -- The two sets are put together by the caller: a join of them would compare each with each.
            SELECT place, id, NULL::smallint AS lane, NULL::smallint AS priority, NULL::timestamptz AS due_at FROM input
            UNION ALL
            SELECT NULL, id, lane, priority, due_at FROM inserted
            """;

    private static final String FIND_LIVE = """
            SELECT id, lane, priority, due_at
            FROM leasehold.task
            WHERE tenant = ? AND type = ? AND key = ? AND state <> 'cancelled'
            """;

    /**
     * Creates tasks in one statement, in the caller's transaction.
     *
     * @return one answer a task, in the order given
     * @throws IllegalArgumentException when one is to run after a task that was cancelled or is not there
     * @throws StoreException when no node has fixed the number of lanes yet
     */
    public static List<Created> create(Connection connection, List<NewTask> tasks) throws SQLException {
        Set<Long> needs = new TreeSet<>();
        tasks.forEach(task -> needs.addAll(task.after()));
        Set<Long> open = Dependencies.need(connection, needs);
        long[] ids = new long[tasks.size()];
        Map<Long, Created> inserted = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            bind(connection, statement, tasks, open);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    long id = row.getLong("id");
                    int place = row.getInt("place");
                    if (!row.wasNull()) {
                        ids[place - 1] = id;
                        continue;
                    }
                    inserted.put(
                            id,
                            new Created(
                                    id,
                                    true,
                                    row.getInt("lane"),
                                    row.getInt("priority"),
                                    Times.readNullable(row, "due_at")));
                }
            }
        }
        List<Created> answers = new ArrayList<>(ids.length);
        for (int place = 0; place < ids.length; place++) {
            Created created = inserted.get(ids[place]);
            Set<Long> unmet = unmet(tasks.get(place), open);
            if (created != null && !unmet.isEmpty()) {
                Dependencies.add(connection, created.id(), unmet);
            }
            answers.add(created != null ? created : existingOrCreate(connection, tasks.get(place)));
        }
        return answers;
    }

    private static Set<Long> unmet(NewTask task, Set<Long> open) {
        if (task.after().isEmpty()) {
            return Set.of();
        }
        Set<Long> unmet = new TreeSet<>(task.after());
        unmet.retainAll(open);
        return unmet;
    }

    /** Between the refusal of the insert and the look at the row that was in the way, that row may have ended. */
    private static Created existingOrCreate(Connection connection, NewTask task) throws SQLException {
        if (task.key() == null) {
            throw new StoreException("no node has started on this database yet: the number of lanes is not set");
        }
        try (PreparedStatement statement = connection.prepareStatement(FIND_LIVE)) {
            statement.setString(1, task.tenant());
            statement.setString(2, task.type());
            statement.setString(3, task.key());
            try (ResultSet row = statement.executeQuery()) {
                if (row.next()) {
                    return new Created(
                            row.getLong("id"),
                            false,
                            row.getInt("lane"),
                            row.getInt("priority"),
                            Times.readNullable(row, "due_at"));
                }
            }
        }
        return create(connection, List.of(task)).get(0);
    }

    private static void bind(Connection connection, PreparedStatement statement, List<NewTask> tasks, Set<Long> open)
            throws SQLException {
        Array[] arrays = {
            array(connection, "text", tasks, NewTask::tenant),
            array(connection, "text", tasks, NewTask::type),
            array(connection, "text", tasks, NewTask::key),
            array(connection, "text", tasks, NewTask::queue),
            array(connection, "int2", tasks, NewTask::priority),
            array(connection, "text", tasks, NewTask::concurrencyKey),
            array(connection, "text", tasks, NewTask::payload),
            array(connection, "text", tasks, NewTask::schedule),
            array(connection, "text", tasks, NewTask::retry),
            array(connection, "int8", tasks, NewTask::timeoutMillis),
            array(connection, "int8", tasks, task -> Times.microsNullable(task.dueAt())),
            array(connection, "bool", tasks, task -> !unmet(task, open).isEmpty()),
            array(connection, "bool", tasks, NewTask::needed),
        };
        for (int i = 0; i < arrays.length; i++) {
            statement.setArray(i + 1, arrays[i]);
        }
    }

    private static Array array(
            Connection connection, String type, List<NewTask> tasks, Function<NewTask, @Nullable Object> column)
            throws SQLException {
        return connection.createArrayOf(type, tasks.stream().map(column).toArray());
    }

    private static final String COLUMNS = """
            SELECT t.*, (r.task_id IS NOT NULL) AS running
            FROM leasehold.task t
            LEFT JOIN leasehold.running r ON r.task_id = t.id
            """;

    private static final String GET = COLUMNS + "WHERE t.id = ?";

    /** A task that is in the table; one that is done is found by {@link DoneTasks#get}. */
    public static Optional<TaskRow> get(Connection connection, long id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(GET)) {
            statement.setLong(1, id);
            return read(statement).stream().findFirst();
        }
    }

    /**
     * What a list shall hold; null means any.
     *
     * @param text part of the key, or the whole id
     * @param beforeId only tasks with a smaller id: the list's cursor
     */
    public record Filter(
            @Nullable String type,
            @Nullable String state,
            @Nullable String tenant,
            @Nullable String queue,
            @Nullable String text,
            @Nullable Long beforeId,
            int limit) {}

    private static final String NEWEST_FIRST = "ORDER BY t.id DESC LIMIT ?";

    /** Tasks that are in the table, newest first. */
    public static List<TaskRow> list(Connection connection, Filter filter) throws SQLException {
        Conditions conditions = new Conditions()
                .add("t.type = ?", filter.type())
                .add("t.state = ?", filter.state())
                .add("t.tenant = ?", filter.tenant())
                .add("t.queue = ?", filter.queue())
                .add("(strpos(t.key, ?) > 0 OR t.id::text = ?)", filter.text(), filter.text())
                .add("t.id < ?", filter.beforeId());
        if (filter.state() != null && !filter.state().equals("active")) {
            conditions.add("t.state <> 'active'"); // the index of the few that are not
        }
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS + conditions.where() + NEWEST_FIRST)) {
            statement.setInt(conditions.bind(statement, 1), filter.limit());
            return read(statement);
        }
    }

    static List<TaskRow> read(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            List<TaskRow> tasks = new ArrayList<>();
            while (row.next()) {
                long timeout = row.getLong("timeout_ms");
                @Nullable Long timeoutMillis = row.wasNull() ? null : timeout;
                tasks.add(new TaskRow(
                        row.getLong("id"),
                        row.getInt("lane"),
                        row.getInt("priority"),
                        Times.readNullable(row, "due_at"),
                        row.getLong("version"),
                        row.getInt("run_no"),
                        row.getInt("attempt"),
                        row.getInt("consecutive_failures"),
                        row.getString("state"),
                        row.getString("tenant"),
                        row.getString("type"),
                        row.getString("key"),
                        row.getString("queue"),
                        row.getString("concurrency_key"),
                        row.getString("payload"),
                        row.getString("schedule"),
                        row.getString("retry"),
                        timeoutMillis,
                        row.getString("pattern"),
                        Times.read(row, "created_at"),
                        row.getBoolean("running")));
            }
            return tasks;
        }
    }

    private static final String NOTIFY = "SELECT pg_notify('leasehold', ?)";

    /**
     * Tells the lane's owner of a task when the caller's transaction commits. For enqueues on a caller's own connection,
     * whose COMMIT no node sees.
     */
    public static void notifyAtCommit(Connection connection, int lane) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(NOTIFY)) {
            statement.setString(1, Integer.toString(lane));
            statement.execute();
        }
    }
}
