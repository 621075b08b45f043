package dev.leasehold.store;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Writes results under the fence. A result that is not in the answer was not written and is to be explained. */
public final class Completions {

    private Completions() {}

    /**
     * What was written.
     *
     * @param lanesPassed lanes that this node still owns; results of the others wrote nothing
     * @param versions by task id, the version that its row has now; 0 where the row left the table
     * @param endedNeeds others wait for one of them
     */
    public record Written(Set<Integer> lanesPassed, Map<Long, Long> versions, boolean endedNeeds) {

        /** Both; a lane that did not pass once has not passed. */
        private Written and(Written other) {
            Set<Integer> lanes = new HashSet<>(lanesPassed);
            lanes.retainAll(other.lanesPassed);
            Map<Long, Long> all = new HashMap<>(versions);
            all.putAll(other.versions);
            return new Written(lanes, all, endedNeeds || other.endedNeeds);
        }
    }

    /** So many plain ends whose rows have one version are worth a statement of their own. */
    private static final int PLAIN_MIN = 50;

    /** For each of its rows the server walks over the results before it. */
    private static final int PLAIN_MAX = 1_000;

    /**
     * Writes many results at once: the plain ends in a statement for each version that many of their rows have, all others in
     * another. Each is its own transaction, or they are the last ones before COMMIT. Who cannot wait for a moment for rows
     * that somebody else has locked has none of them plain, see {@link Completion#asAny}.
     *
     * <p>To be sent on a session whose plans read no table whole: the server keeps a plan for results of any number, and one that
     * it made while the table was empty, as it is between two bursts, would read all of it for each flush of the next burst.
     *
     * @param node this node's incarnation, the owner of the lanes
     * @param fences of all lanes that occur
     * @param completions at most one a task
     */
    public static Written flush(
            Connection connection, String node, Collection<LaneFence> fences, List<Completion> completions)
            throws SQLException {
        List<Completion> others = new ArrayList<>();
        List<List<Completion>> plain = plainByVersion(completions, others);
        Written written = null;
        if (plain.isEmpty() || !others.isEmpty()) {
            written = flushAny(connection, node, fences, others);
        }
        for (List<Completion> ends : plain) {
            Written next = flushPlain(connection, node, fences, ends);
            written = written == null ? next : written.and(next);
        }
        return Objects.requireNonNull(written, "at least one statement was sent");
    }

    /** Those of the commonest version, and of others that are common too; what is rare goes with the others. */
    private static List<List<Completion>> plainByVersion(List<Completion> completions, List<Completion> others) {
        Map<Long, List<Completion>> byVersion = new HashMap<>();
        for (Completion each : completions) {
            (each.isPlainEnd() ? byVersion.computeIfAbsent(each.version(), none -> new ArrayList<>()) : others)
                    .add(each);
        }
        List<List<Completion>> groups = new ArrayList<>(byVersion.values());
        groups.sort(Comparator.comparingInt((List<Completion> group) -> group.size())
                .reversed());
        List<List<Completion>> plain = new ArrayList<>();
        for (List<Completion> group : groups) {
            if (plain.isEmpty() || group.size() >= PLAIN_MIN) {
                for (int from = 0; from < group.size(); from += PLAIN_MAX) {
                    plain.add(group.subList(from, Math.min(from + PLAIN_MAX, group.size())));
                }
            } else {
                others.addAll(group);
            }
        }
        return plain;
    }

    /** Of ends whose rows have all the same version. */
    private static Written flushPlain(
            Connection connection, String node, Collection<LaneFence> fences, List<Completion> ends)
            throws SQLException {
        // The statement finds what belongs to a row by the place of its id; all others lock rows in this order, too.
        List<Completion> completions = ends.stream()
                .sorted(Comparator.comparingLong(Completion::taskId))
                .toList();
        try (PreparedStatement statement = connection.prepareStatement(CompletionSql.FLUSH_PLAIN)) {
            Parameters to = new Parameters(connection, statement);
            bindFences(to, node, fences);
            to.add("int8", completions, Long[]::new, Completion::taskId);
            statement.setLong(++to.last, completions.get(0).version());
            to.add("int8", completions, Long[]::new, Completion::taskId);
            statement.setArray(++to.last, connection.createArrayOf("int8", epochsByLane(fences)));
            statement.setString(++to.last, node);
            to.add("float8", completions, Double[]::new, c -> Times.seconds(c.startedAt()));
            to.add("float8", completions, Double[]::new, c -> Times.seconds(c.finishedAt()));
            if (completions.stream().allMatch(each -> each.result() == null)) {
                statement.setNull(++to.last, Types.ARRAY, "_text"); // with another type it would be parsed anew
            } else {
                to.add("text", completions, String[]::new, Completion::result);
            }
            return written(statement, completions);
        }
    }

    /** Lanes between them have any: no row of theirs is written. NULLs would make the server walk the array for each row. */
    private static Long[] epochsByLane(Collection<LaneFence> fences) {
        Long[] epochs =
                new Long[1 + fences.stream().mapToInt(LaneFence::lane).max().orElse(-1)];
        Arrays.fill(epochs, 0L);
        fences.forEach(fence -> epochs[fence.lane()] = fence.epoch());
        return epochs;
    }

    /** Writes results of any kind, plain ends too, and leaves the rows that somebody else has locked. */
    static Written flushAny(
            Connection connection, String node, Collection<LaneFence> fences, List<Completion> completions)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CompletionSql.FLUSH)) {
            int next = bind(connection, statement, node, fences, completions);
            statement.setString(next, node);
            return written(statement, completions);
        }
    }

    private static final String MARK = "SELECT set_config('leasehold.run', ?, true)";

    /** Marks the transaction that has just begun as that of a run; a COMMIT in user SQL takes the mark away. */
    public static void mark(Connection connection, String run) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(MARK)) {
            statement.setString(1, run);
            statement.execute();
        }
    }

    private static final String MARKED = "SELECT current_setting('leasehold.run', true)";

    /** True while the transaction is still the one that {@link #mark} marked. */
    public static boolean marked(Connection connection, String run) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(MARKED);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return run.equals(row.getString(1));
        }
    }

    /**
     * Writes one result in the transaction of its handler, last thing before COMMIT.
     *
     * @param run what the transaction was marked with; nothing is written without the mark
     */
    public static Written inTransaction(
            Connection connection, String node, LaneFence fence, Completion completion, String run)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CompletionSql.IN_TRANSACTION)) {
            int next = bind(connection, statement, node, List.of(fence), List.of(completion));
            statement.setString(next, run);
            statement.setString(next + 1, node);
            return written(statement, List.of(completion));
        }
    }

    /**
     * How the row of a result that was not written stands.
     *
     * @param recorded the attempt is in the history: an earlier try wrote it and its answer was lost
     * @param version null when the row is not there
     * @param state null when the row is not there
     * @param schedule JSON text; null for once, and when the row is not there
     */
    public record Standing(
            long taskId,
            boolean recorded,
            @Nullable Long version,
            @Nullable String state,
            @Nullable String schedule) {}

    private static final String EXPLAIN = """
            SELECT i.id,
                   EXISTS (
                       SELECT FROM leasehold.run r
                       WHERE r.task_id = i.id AND r.run_no = i.run_no AND r.attempt = i.attempt
                   ) AS recorded,
                   t.version, t.state, t.schedule
            FROM unnest(?::bigint[], ?::int[], ?::int[]) AS i (id, run_no, attempt)
            LEFT JOIN leasehold.task t ON t.id = i.id
            """;

    /** Tells of each attempt whether it is recorded already, and how its task stands now. */
    public static List<Standing> explain(Connection connection, List<DueTask> attempts) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(EXPLAIN)) {
            Parameters to = new Parameters(connection, statement);
            to.add("int8", attempts, Long[]::new, DueTask::id);
            to.add("int4", attempts, Integer[]::new, DueTask::runNo);
            to.add("int4", attempts, Integer[]::new, DueTask::attempt);
            List<Standing> standings = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    long version = row.getLong("version");
                    standings.add(new Standing(
                            row.getLong("id"),
                            row.getBoolean("recorded"),
                            row.wasNull() ? null : version,
                            row.getString("state"),
                            row.getString("schedule")));
                }
            }
            return standings;
        }
    }

    private static int bind(
            Connection connection,
            PreparedStatement statement,
            String node,
            Collection<LaneFence> fences,
            List<Completion> completions)
            throws SQLException {
        Parameters to = new Parameters(connection, statement);
        bindFences(to, node, fences);
        to.add("int8", completions, Long[]::new, Completion::taskId);
        to.add("int2", completions, Integer[]::new, Completion::lane);
        to.add("int8", completions, Long[]::new, epochs(fences));
        to.add("int8", completions, Long[]::new, Completion::version);
        to.add("text", completions, String[]::new, c -> c.action().name());
        to.add("bool", completions, Boolean[]::new, Completion::isFinal);
        to.add("text", completions, String[]::new, Completion::outcome);
        to.add("text", completions, String[]::new, Completion::reason);
        to.add("text", completions, String[]::new, Completion::error);
        to.add("text", completions, String[]::new, Completion::result);
        to.add("text", completions, String[]::new, Completion::log);
        to.add("text", completions, String[]::new, Completion::progress);
        to.add("int8", completions, Long[]::new, c -> Times.microsNullable(c.dueAt()));
        to.add("int8", completions, Long[]::new, c -> Times.micros(c.runDueAt()));
        to.add("int8", completions, Long[]::new, c -> Times.micros(c.startedAt()));
        to.add("int8", completions, Long[]::new, c -> Times.micros(c.finishedAt()));
        to.add("int4", completions, Integer[]::new, Completion::consecutiveFailures);
        to.add("int4", completions, Integer[]::new, Completion::leaseAttempts);
        to.add("int4", completions, Integer[]::new, Completion::limitAttempts);
        to.add("text", completions, String[]::new, Completion::pattern);
        return to.last + 1;
    }

    private static void bindFences(Parameters to, String node, Collection<LaneFence> fences) throws SQLException {
        List<LaneFence> lanes = List.copyOf(fences);
        to.add("int2", lanes, Integer[]::new, LaneFence::lane);
        to.add("int8", lanes, Long[]::new, LaneFence::epoch);
        to.add("uuid", lanes, UUID[]::new, LaneFence::token);
        to.statement.setString(++to.last, node);
    }

    private static Function<Completion, @Nullable Long> epochs(Collection<LaneFence> fences) {
        Map<Integer, Long> epochs = new HashMap<>();
        fences.forEach(fence -> epochs.put(fence.lane(), fence.epoch()));
        return each -> epochs.get(each.lane());
    }

    /** Binds columns as arrays, one after the other. */
    private static final class Parameters {

        private final Connection connection;
        private final PreparedStatement statement;
        private int last;

        Parameters(Connection connection, PreparedStatement statement) {
            this.connection = connection;
            this.statement = statement;
        }

        /** The element type of the Java array decides whether the driver can send it in binary. */
        <T, C> void add(
                String type, List<T> values, IntFunction<@Nullable C[]> newArray, Function<T, @Nullable C> column)
                throws SQLException {
            @Nullable C[] cells = newArray.apply(values.size());
            for (int i = 0; i < cells.length; i++) {
                cells[i] = column.apply(values.get(i));
            }
            statement.setArray(++last, connection.createArrayOf(type, cells));
        }
    }

    private static Written written(PreparedStatement statement, List<Completion> completions) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            row.next();
            Set<Integer> lanes = new HashSet<>();
            for (Object lane : values(row, "lanes_passed")) {
                lanes.add(((Number) lane).intValue());
            }
            Object[] ids = values(row, "ids");
            boolean all = ids.length == completions.size(); // as a rule; at most one row is written for each
            Set<Object> some = all ? Set.of() : new HashSet<>(Arrays.asList(ids));
            Map<Long, Long> written = new HashMap<>(2 * ids.length);
            for (Completion each : completions) {
                if (all || some.contains(each.taskId())) {
                    written.put(each.taskId(), each.action() == Completion.Action.CLOSE ? 0 : each.version() + 1);
                }
            }
            return new Written(lanes, written, row.getBoolean("ended_needs"));
        }
    }

    private static Object[] values(ResultSet row, String column) throws SQLException {
        Array array = row.getArray(column);
        return array == null ? new Object[0] : (Object[]) array.getArray();
    }
}
