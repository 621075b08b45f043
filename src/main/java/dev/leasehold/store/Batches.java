package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Sets of tasks, each with one that runs when all of the set have succeeded. */
public final class Batches {

    private Batches() {}

    /** The members in the order given, and the task that completes them. */
    public record Created(List<Tasks.Created> members, Tasks.Created completion) {

        /** Those of which the lanes must hear: the completion too, which is active when all members had ended before. */
        public List<Tasks.Created> created() {
            return all().stream().filter(Tasks.Created::created).toList();
        }

        /** The members, and the completion as the last. */
        public List<Tasks.Created> all() {
            return Stream.concat(members.stream(), Stream.of(completion)).toList();
        }

        /** What was asked for, in the order of {@link #all}. */
        public List<NewTask> rows(List<NewTask> asMembers, NewTask asCompletion) {
            return Stream.concat(asMembers.stream(), Stream.of(asCompletion)).toList();
        }
    }

    private static final String INSERT = "INSERT INTO leasehold.batch (id, size) VALUES (?, ?)";

    /**
     * Creates a batch in the caller's transaction. A member that exists already is waited for like the others,
     * and so is what the completion names itself as what it runs after: it counts as one of the batch.
     *
     * @throws IllegalArgumentException when there is no member, or a live task has the completion's key already
     */
    public static Created create(Connection connection, List<NewTask> members, NewTask completion) throws SQLException {
        if (members.isEmpty()) {
            throw new IllegalArgumentException("a batch has at least one task");
        }
        List<Tasks.Created> created = Tasks.create(
                connection, members.stream().map(NewTask::neededByOthers).toList());
        Set<Long> ids = new HashSet<>(completion.after());
        created.forEach(each -> ids.add(each.id()));
        Tasks.Created last =
                Tasks.create(connection, List.of(completion.after(ids))).get(0);
        if (!last.created()) {
            throw new IllegalArgumentException("task " + last.id() + " has the key of the batch's completion already");
        }
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setLong(1, last.id());
            statement.setInt(2, ids.size());
            statement.executeUpdate();
        }
        return new Created(created, last);
    }

    /**
     * How a batch stands.
     *
     * @param open members that have not succeeded yet
     * @param stopped those of them that wait for a person
     */
    public record Standing(long id, int size, Instant createdAt, long open, long stopped) {}

    private static final String GET = """
            SELECT b.*, d.open, d.stopped
            FROM leasehold.batch b
            CROSS JOIN LATERAL (
                SELECT count(*) AS open, count(*) FILTER (WHERE t.state = 'needs_intervention') AS stopped
                FROM leasehold.dependency d
                LEFT JOIN leasehold.task t ON t.id = d.needs_id
                WHERE d.task_id = b.id
            ) AS d
            WHERE b.id = ?
            """;

    /** How the batch of this number stands. */
    public static Optional<Standing> get(Connection connection, long id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(GET)) {
            statement.setLong(1, id);
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? Optional.of(new Standing(
                                row.getLong("id"),
                                row.getInt("size"),
                                Times.read(row, "created_at"),
                                row.getLong("open"),
                                row.getLong("stopped")))
                        : Optional.empty();
            }
        }
    }

    private static final String PRUNE = """
            DELETE FROM leasehold.batch b
            WHERE created_at < clock_timestamp() - interval '30 days'
              AND NOT EXISTS (SELECT FROM leasehold.task t WHERE t.id = b.id)
            """;

    /** Forgets batches whose completion is over, after thirty days. */
    public static int prune(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PRUNE)) {
            return statement.executeUpdate();
        }
    }
}
