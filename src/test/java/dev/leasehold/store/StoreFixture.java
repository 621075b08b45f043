package dev.leasehold.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.testing.TestPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A migrated database whose lanes belong to the node {@code node-a}. */
final class StoreFixture {

    static final String NODE = "node-a";
    static final int LANES = 4;

    /** What the lease of a flush or a fold has set. */
    static final String TUNED = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off";

    final TestPostgres.Database database = TestPostgres.freshDatabase();

    StoreFixture() throws SQLException {
        Migrations.migratePlatform(database.url(), database.user(), database.password());
        try (Connection connection = database.connect()) {
            Lanes.ensure(connection, LANES);
            Partitions.ensure(connection, 1);
            Nodes.register(connection, NODE, "a", "127.0.0.1", 42);
            for (Lanes.Lane lane : Lanes.list(connection)) {
                StoreFixture.take(connection, lane.no(), lane.epoch(), NODE, false);
            }
        }
    }

    Connection connect() throws SQLException {
        return database.connect();
    }

    static NewTask task(String type) {
        return new NewTask("default", type, null, "default", 2, null, "{}", null, null, null, null);
    }

    static NewTask keyed(String type, String key) {
        return new NewTask("default", type, key, "default", 2, null, "{}", null, null, null, null);
    }

    static long insert(Connection connection, NewTask task) throws SQLException {
        return Tasks.create(connection, List.of(task)).get(0).id();
    }

    static void take(Connection connection, int lane, long epoch, String owner, boolean crashed) throws SQLException {
        assertThat(Lanes.takeOver(connection, lane, epoch, owner, crashed)).isPresent();
    }

    static List<LaneFence> fences(Connection connection) throws SQLException {
        return Nodes.beat(connection, NODE);
    }

    static List<DueTask> due(Connection connection) throws SQLException {
        List<DueTasks.Cursor> cursors = fences(connection).stream()
                .flatMap(fence -> java.util.stream.IntStream.range(0, 4)
                        .mapToObj(priority ->
                                new DueTasks.Cursor(fence, priority, null, Set.of(), Instant.EPOCH, 0, 1000, 1000)))
                .toList();
        return DueTasks.read(connection, NODE, cursors, Set.of("t", "u"), Set.of(), Set.of(), Set.of())
                .tasks();
    }

    static Completion success(DueTask task) {
        return completion(task, Completion.Action.CLOSE, null, "success", true);
    }

    static Completion completion(
            DueTask task, Completion.Action action, @Nullable Instant dueAt, String outcome, boolean isFinal) {
        Instant now = Instant.ofEpochMilli(System.currentTimeMillis());
        return new Completion(
                task.id(),
                task.lane(),
                task.version(),
                action,
                dueAt,
                task.dueAt(),
                isFinal,
                outcome,
                null,
                null,
                "{\"n\":1}",
                null,
                null,
                now,
                now,
                0,
                0,
                0,
                null,
                true);
    }

    static long count(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    /** The first column of each row. */
    static List<String> texts(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            List<String> rows = new ArrayList<>();
            while (row.next()) {
                rows.add(row.getString(1));
            }
            return rows;
        }
    }
}
