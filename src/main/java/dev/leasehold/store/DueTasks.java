package dev.leasehold.store;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the owner of a lane reads. */
public final class DueTasks {

    private DueTasks() {}

    /**
     * How far a lane was read in one priority, and how many more rows are wanted.
     *
     * @param type only this one; null for all that the read names
     * @param leaves types that the read names and that this cursor leaves to others; names without commas
     * @param afterAt due time of the last row that was read; rows at or before (afterAt, afterId) are not read again
     * @param untilAt due time of the last row that may be read, with its id; later than anything is due for all of them
     * @param readsQueues queues that the read leaves where they are and that this cursor reads all the same
     * @param readsTenants the same of tenants
     * @param walk rows that are walked over at most, those that are passed over included; not fewer than the limit
     */
    public record Cursor(
            LaneFence fence,
            int priority,
            @Nullable String type,
            Collection<String> leaves,
            Instant afterAt,
            long afterId,
            Instant untilAt,
            long untilId,
            Collection<String> readsQueues,
            Collection<String> readsTenants,
            int limit,
            int walk) {

        /** Nothing is due as late, and the server can add it up. */
        private static final Instant NEVER = Instant.parse("+200000-01-01T00:00:00Z");

        /** Up to what is due last. */
        public Cursor(
                LaneFence fence,
                int priority,
                @Nullable String type,
                Collection<String> leaves,
                Instant afterAt,
                long afterId,
                int limit,
                int walk) {
            this(fence, priority, type, leaves, afterAt, afterId, NEVER, 0, List.of(), List.of(), limit, walk);
        }

        /** The same, up to this row. */
        public Cursor until(Instant dueAt, long id) {
            return new Cursor(
                    fence, priority, type, leaves, afterAt, afterId, dueAt, id, readsQueues, readsTenants, limit, walk);
        }

        /** The same, which reads what is left of these queues and tenants. */
        public Cursor reads(Collection<String> queues, Collection<String> tenants) {
            return new Cursor(
                    fence, priority, type, leaves, afterAt, afterId, untilAt, untilId, queues, tenants, limit, walk);
        }
    }

    /** The last row that was walked over. */
    public record End(Instant dueAt, long id) {}

    /**
     * What a read found.
     *
     * @param byCursor in the order of the cursors, each in the order of (due, id)
     * @param cut in the order of the cursors: where a walk ended that found fewer rows than were asked for, and behind
     *     which there may be more; null where all that is due was walked over, or enough was found
     * @param now the database's clock at the read: nothing due later was returned
     * @param lost lanes that were asked about and that the caller does not own as it said: nothing was read there
     */
    public record Read(List<List<DueTask>> byCursor, List<@Nullable End> cut, Instant now, Set<Integer> lost) {

        /** Where no walk was cut. */
        public Read(List<List<DueTask>> byCursor, Instant now, Set<Integer> lost) {
            this(byCursor, none(byCursor.size()), now, lost);
        }

        /** True when a walk was cut: what was found is not all there is, and to find nothing means nothing. */
        public boolean isCut() {
            return cut.stream().anyMatch(Objects::nonNull);
        }

        /** All of them, by cursor. */
        public List<DueTask> tasks() {
            return byCursor.stream().flatMap(List::stream).toList();
        }
    }

    private static List<@Nullable End> none(int cursors) {
        return new ArrayList<>(Collections.nCopies(cursors, null));
    }

    private static final String RANGE = """
                FROM leasehold.task d
                WHERE d.state = 'active'
                  AND d.lane = c.no
                  AND d.priority = c.priority
                  AND (d.due_at, d.id) > ('epoch'::timestamptz + c.after_at * interval '1 microsecond', c.after_id)
                  AND (d.due_at, d.id) <= (c.last_at, c.last_id)
                  AND d.due_at <= now()
                ORDER BY d.due_at, d.id
            """;

    // Only the lane's owner reads it, so nothing is locked or marked; who lost the lane reads nothing. The cursor skips
    // the dead index entries of finished tasks. Rows of busy keys are passed over: they are read when their key is
    // free. However many rows are passed over, a walk ends: its last row is looked for only where too few were found
    // (the outer LIMIT), in the same snapshot, and comes as a row of which no more is known than its place. The row
    // that is last is never later than now: of two ends of a range an index scan heeds one, and would walk over all
    // that is due later. That nothing is due later is said for the planner's estimate.
    private static final String READ = """
            WITH asked AS MATERIALIZED (
                SELECT c.*, string_to_array(c.left_types, ',') AS leaves, string_to_array(c.queues, chr(31)) AS reads_queues,
                       string_to_array(c.tenants, chr(31)) AS reads_tenants
                FROM unnest(?::smallint[], ?::bigint[], ?::uuid[], ?::smallint[], ?::text[], ?::text[], ?::bigint[], ?::bigint[],
                            ?::bigint[], ?::bigint[], ?::text[], ?::text[], ?::int[], ?::int[])
                         WITH ORDINALITY AS c (no, epoch, token, priority, type, left_types, after_at, after_id, until_at,
                                               until_id, queues, tenants, max, walk, place)
            ),
            held AS MATERIALIZED (
                SELECT c.*, LEAST(now(), e.until) AS last_at,
                       CASE WHEN e.until <= now() THEN c.until_id ELSE 9223372036854775807 END AS last_id
                FROM asked c
                JOIN leasehold.lane l ON l.no = c.no AND l.owner = ? AND l.epoch = c.epoch AND l.token = c.token
                CROSS JOIN LATERAL (SELECT 'epoch'::timestamptz + c.until_at * interval '1 microsecond' AS until) AS e
            )
            SELECT t.*, now() AS read_at,
                   (SELECT array_agg(DISTINCT a.no) FROM asked a WHERE a.no NOT IN (SELECT h.no FROM held h)) AS lost
            FROM (SELECT 1) AS always_a_row
            LEFT JOIN (
            SELECT t.*, c.place
            FROM held c
            CROSS JOIN LATERAL (
                (SELECT
            """ + DueRow.COLUMNS + """
                , true AS fits
                FROM (
                SELECT d.*
            """ + RANGE + """
                LIMIT c.walk
                ) AS d
                WHERE CASE WHEN c.type IS NULL THEN d.type = ANY (?) AND d.type <> ALL (c.leaves) ELSE d.type = c.type END
                  AND (d.concurrency_key IS NULL OR d.concurrency_key <> ALL (?))
                  AND (d.queue <> ALL (?) OR d.queue = ANY (c.reads_queues))
                  AND (d.tenant <> ALL (?) OR d.tenant = ANY (c.reads_tenants))
                ORDER BY d.due_at, d.id
                LIMIT c.max)
                UNION ALL
                (SELECT e.id, NULL, NULL, e.due_at, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                       NULL, NULL, NULL, NULL, NULL, NULL, false
                FROM (
                SELECT d.id, d.due_at
            """ + RANGE + """
                OFFSET c.walk - 1
                LIMIT 1
                ) AS e)
                LIMIT c.max
            ) AS t
            ) AS t ON true
            """;

    /** The control character that separates units, as in the statement. */
    private static final String SEPARATOR = "\u001f";

    private static final int FITS = DueRow.COLUMNS_COUNT + 1;
    private static final int PLACE = FITS + 1;
    private static final int READ_AT = PLACE + 1;
    private static final int LOST = READ_AT + 1;

    /**
     * Reads what is due behind each cursor, of the types that this node has handlers for.
     *
     * @param owner this node's incarnation
     * @param types for cursors that name none
     * @param busyKeys concurrency keys whose tasks are left where they are
     * @param leftQueues queues whose tasks are left where they are
     * @param leftTenants tenants whose tasks are left where they are
     */
    public static Read read(
            Connection connection,
            String owner,
            List<Cursor> cursors,
            Collection<String> types,
            Collection<String> busyKeys,
            Collection<String> leftQueues,
            Collection<String> leftTenants)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(READ)) {
            bindFences(
                    connection,
                    statement,
                    1,
                    cursors.stream().map(Cursor::fence).toList());
            statement.setArray(4, array(connection, "int2", cursors.stream().map(Cursor::priority)));
            statement.setArray(5, array(connection, "text", cursors.stream().map(Cursor::type)));
            statement.setArray(6, array(connection, "text", cursors.stream().map(c -> String.join(",", c.leaves()))));
            statement.setArray(7, array(connection, "int8", cursors.stream().map(c -> Times.micros(c.afterAt()))));
            statement.setArray(8, array(connection, "int8", cursors.stream().map(Cursor::afterId)));
            statement.setArray(9, array(connection, "int8", cursors.stream().map(c -> Times.micros(c.untilAt()))));
            statement.setArray(10, array(connection, "int8", cursors.stream().map(Cursor::untilId)));
            statement.setArray(11, array(connection, "text", cursors.stream().map(c -> listed(c.readsQueues()))));
            statement.setArray(12, array(connection, "text", cursors.stream().map(c -> listed(c.readsTenants()))));
            statement.setArray(13, array(connection, "int4", cursors.stream().map(Cursor::limit)));
            statement.setArray(14, array(connection, "int4", cursors.stream().map(Cursor::walk)));
            statement.setString(15, owner);
            statement.setArray(16, array(connection, "text", types.stream()));
            statement.setArray(17, array(connection, "text", busyKeys.stream()));
            statement.setArray(18, array(connection, "text", leftQueues.stream()));
            statement.setArray(19, array(connection, "text", leftTenants.stream()));
            List<List<DueTask>> byCursor = new ArrayList<>(cursors.size());
            cursors.forEach(cursor -> byCursor.add(new ArrayList<>()));
            List<@Nullable End> cut = none(cursors.size());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                Instant now = Times.read(row, READ_AT);
                Set<Integer> lost = lanes(row.getArray(LOST));
                if (row.getObject(DueRow.ID) != null) {
                    do {
                        int place = row.getInt(PLACE) - 1;
                        if (!row.getBoolean(FITS)) {
                            cut.set(place, new End(Times.read(row, DueRow.DUE_AT), row.getLong(DueRow.ID)));
                        } else if (cut.get(place) == null) {
                            byCursor.get(place).add(DueRow.read(row));
                        } else {
                            throw new SQLException(
                                    "a row came after the end of its walk: others may have been left out");
                        }
                    } while (row.next());
                }
                return new Read(byCursor, cut, now, lost);
            }
        }
    }

    /** As one text, since the server knows no arrays of arrays; a name in which the separator occurs is left. */
    private static String listed(Collection<String> names) {
        return names.stream().filter(name -> name.indexOf(SEPARATOR) < 0).collect(Collectors.joining(SEPARATOR));
    }

    private static Set<Integer> lanes(@Nullable Array numbers) throws SQLException {
        Set<Integer> lanes = new HashSet<>();
        if (numbers != null) {
            for (Number no : (Number[]) numbers.getArray()) {
                lanes.add(no.intValue());
            }
        }
        return lanes;
    }

    /** A concurrency key that is free again in its lane. */
    public record FreeKey(LaneFence fence, String key) {}

    private static final String BY_KEY = """
            SELECT t.*
            FROM unnest(?::smallint[], ?::bigint[], ?::uuid[], ?::text[]) AS c (no, epoch, token, key)
            JOIN leasehold.lane l ON l.no = c.no AND l.owner = ? AND l.epoch = c.epoch AND l.token = c.token
            CROSS JOIN LATERAL (
                SELECT
            """ + DueRow.COLUMNS + """
                FROM leasehold.task d
                WHERE d.state = 'active'
                  AND d.lane = c.no
                  AND d.concurrency_key = c.key
                  AND d.due_at <= now()
                  AND d.type = ANY (?)
                  AND d.queue <> ALL (?)
                ORDER BY d.priority, d.due_at
                LIMIT 1
            ) AS t
            """;

    /** The first due task of each key that has one, by the key's own index: cursors passed over them. */
    public static List<DueTask> byKeys(
            Connection connection,
            String owner,
            List<FreeKey> keys,
            Collection<String> types,
            Collection<String> pausedQueues)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(BY_KEY)) {
            bindFences(
                    connection, statement, 1, keys.stream().map(FreeKey::fence).toList());
            statement.setArray(4, array(connection, "text", keys.stream().map(FreeKey::key)));
            statement.setString(5, owner);
            statement.setArray(6, array(connection, "text", types.stream()));
            statement.setArray(7, array(connection, "text", pausedQueues.stream()));
            return tasks(statement);
        }
    }

    // Each task by its id: put together in one join, the generic plan would rather walk all that is due in the lanes.
    private static final String BY_ID = """
            SELECT t.*
            FROM unnest(?::bigint[]) AS i (id)
            CROSS JOIN LATERAL (
                SELECT
            """ + DueRow.COLUMNS + """
                FROM leasehold.task d
                WHERE d.id = i.id AND d.state = 'active' AND d.due_at <= now() AND d.type = ANY (?)
                  AND d.queue <> ALL (?)
                OFFSET 0
            ) AS t
            JOIN unnest(?::smallint[], ?::bigint[], ?::uuid[]) AS c (no, epoch, token) ON c.no = t.lane
            JOIN leasehold.lane l ON l.no = c.no AND l.owner = ? AND l.epoch = c.epoch AND l.token = c.token
            """;

    /** Those of these tasks that are due: for what the owner itself made due behind its cursors. */
    public static List<DueTask> byIds(
            Connection connection,
            String owner,
            List<LaneFence> fences,
            Collection<Long> ids,
            Collection<String> types,
            Collection<String> pausedQueues)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(BY_ID)) {
            statement.setArray(1, array(connection, "int8", ids.stream()));
            statement.setArray(2, array(connection, "text", types.stream()));
            statement.setArray(3, array(connection, "text", pausedQueues.stream()));
            bindFences(connection, statement, 4, fences);
            statement.setString(7, owner);
            return tasks(statement);
        }
    }

    private static List<DueTask> tasks(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            List<DueTask> tasks = new ArrayList<>();
            while (row.next()) {
                tasks.add(DueRow.read(row));
            }
            return tasks;
        }
    }

    private static void bindFences(
            Connection connection, PreparedStatement statement, int first, List<LaneFence> fences) throws SQLException {
        statement.setArray(first, array(connection, "int2", fences.stream().map(LaneFence::lane)));
        statement.setArray(first + 1, array(connection, "int8", fences.stream().map(LaneFence::epoch)));
        statement.setArray(first + 2, array(connection, "uuid", fences.stream().map(LaneFence::token)));
    }

    private static Array array(Connection connection, String type, java.util.stream.Stream<?> values)
            throws SQLException {
        return connection.createArrayOf(type, values.toArray());
    }

    private static final String NEXT_DUE = """
            SELECT l.no, min(t.due_at) AS due_at
            FROM unnest(?::smallint[]) AS l (no)
            CROSS JOIN generate_series(0, 3) AS p (priority)
            CROSS JOIN LATERAL (
                SELECT d.due_at
                FROM leasehold.task d
                WHERE d.state = 'active' AND d.lane = l.no AND d.priority = p.priority
                  AND d.due_at > 'epoch'::timestamptz + ?::bigint * interval '1 microsecond'
                ORDER BY d.due_at
                LIMIT 1
            ) AS t
            GROUP BY l.no
            """;

    /** The earliest due time after an instant, of each of these lanes that has one. */
    public static Map<Integer, Instant> nextDue(Connection connection, Collection<Integer> lanes, Instant after)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(NEXT_DUE)) {
            statement.setArray(1, array(connection, "int2", lanes.stream()));
            statement.setLong(2, Times.micros(after));
            try (ResultSet row = statement.executeQuery()) {
                Map<Integer, Instant> byLane = new HashMap<>();
                while (row.next()) {
                    byLane.put(row.getInt("no"), Times.read(row, "due_at"));
                }
                return byLane;
            }
        }
    }
}
