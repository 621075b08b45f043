package dev.leasehold.store;

import static dev.leasehold.store.StoreFixture.count;
import static dev.leasehold.store.StoreFixture.due;
import static dev.leasehold.store.StoreFixture.insert;
import static dev.leasehold.store.StoreFixture.keyed;
import static dev.leasehold.store.StoreFixture.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leasehold.task.LaneOf;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

class TasksTest {

    private static StoreFixture store;
    private static Connection connection;

    @BeforeAll
    static void open() throws Exception {
        store = new StoreFixture();
        connection = store.connect();
    }

    @AfterAll
    static void close() throws Exception {
        connection.close();
    }

    @BeforeEach
    void empty() throws Exception {
        store.database.execute("TRUNCATE leasehold.task");
    }

    @Test
    void createsTasksInTheOrderGiven() throws Exception {
        List<Tasks.Created> created = Tasks.create(
                connection,
                IntStream.range(0, 500).mapToObj(i -> keyed("t", "k" + i)).toList());

        assertThat(created).isSortedAccordingTo(java.util.Comparator.comparingLong(Tasks.Created::id));
        assertThat(created).allMatch(Tasks.Created::created);
        assertThat(Tasks.get(connection, created.get(7).id()))
                .get()
                .extracting(TaskRow::key)
                .isEqualTo("k7");
    }

    @Test
    @Tag("row58")
    void answersWithTheLiveTaskWhenTheKeyIsTaken() throws Exception {
        long id = insert(connection, keyed("t", "k"));

        List<Tasks.Created> again =
                Tasks.create(connection, List.of(keyed("t", "new"), keyed("t", "k"), keyed("t", "new")));

        assertThat(again).extracting(Tasks.Created::created).containsExactly(true, false, false);
        assertThat(again.get(1).id()).isEqualTo(id);
        assertThat(again.get(2).id()).isEqualTo(again.get(0).id());
    }

    @Test
    @Tag("row58")
    void createsAKeyOnceThoughManyAskAtTheSameTime() throws Exception {
        List<CompletableFuture<Tasks.Created>> askers = IntStream.range(0, 8)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> {
                    try (Connection own = store.connect()) {
                        return Tasks.create(own, List.of(keyed("t", "raced"))).get(0);
                    } catch (SQLException e) {
                        throw new AssertionError(e);
                    }
                }))
                .toList();

        List<Tasks.Created> answers =
                askers.stream().map(CompletableFuture::join).toList();

        assertThat(answers).filteredOn(Tasks.Created::created).hasSize(1);
        assertThat(answers)
                .extracting(Tasks.Created::id)
                .containsOnly(answers.get(0).id());
    }

    @Test
    void freesTheKeyOfACancelledTask() throws Exception {
        long id = insert(connection, keyed("t", "k"));
        TaskChanges.cancel(connection, id);

        assertThat(insert(connection, keyed("t", "k"))).isNotEqualTo(id);
    }

    @Test
    void computesTheSameLaneInJavaAndInSql() throws Exception {
        Random random = new Random(7);
        for (int i = 0; i < 500; i++) {
            long id = random.nextLong(Long.MAX_VALUE);
            String key = i % 3 == 0 ? null : "ключ-" + random.nextInt();
            int lanes = 1 + random.nextInt(64);
            try (PreparedStatement statement = connection.prepareStatement("SELECT leasehold.lane_of(?, ?, ?)")) {
                statement.setLong(1, id);
                statement.setString(2, key);
                statement.setLong(3, lanes);
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    assertThat(row.getInt(1))
                            .isEqualTo(LaneOf.task(id, key, lanes))
                            .isBetween(0, lanes - 1);
                }
            }
        }
    }

    @Test
    @Tag("A8")
    void enqueuesFromPlainSqlAndTellsTheOwnerAtCommit() throws Exception {
        try (Connection listener = store.connect();
                Connection caller = store.connect()) {
            try (Statement statement = listener.createStatement()) {
                statement.execute("LISTEN leasehold");
            }
            caller.setAutoCommit(false);
            String id;
            try (Statement statement = caller.createStatement();
                    ResultSet row =
                            statement.executeQuery("SELECT leasehold.enqueue('t', '{\"a\":1}', key => 'sql')")) {
                row.next();
                id = row.getString(1);
            }
            assertThat(due(connection)).isEmpty();
            caller.commit();

            assertThat(due(connection)).singleElement().satisfies(read -> {
                assertThat(read.id()).isEqualTo(Long.parseLong(id));
                assertThat(read.lane()).isEqualTo(LaneOf.task(read.id(), null, StoreFixture.LANES));
                assertThat(read.payload()).isEqualTo("{\"a\": 1}");
            });
            assertThat(listener.unwrap(PGConnection.class).getNotifications(5000))
                    .extracting(org.postgresql.PGNotification::getParameter)
                    .containsExactly(Integer.toString(LaneOf.task(Long.parseLong(id), null, StoreFixture.LANES)));
        }
    }

    @Test
    void refusesWrongArgumentsOfEnqueue() {
        assertThatThrownBy(() -> store.database.execute("SELECT leasehold.enqueue('t', '[]')"))
                .hasMessageContaining("payload must be a JSON object");
        assertThatThrownBy(() -> store.database.execute("SELECT leasehold.enqueue('t', '{}', priority => 'urgent')"))
                .hasMessageContaining("priority must be critical, high, normal or low, not urgent");
    }

    @Test
    void readsOnlyWhatIsDueBehindTheCursorOfKnownTypes() throws Exception {
        insert(connection, task("t"));
        insert(connection, task("unknown"));
        insert(
                connection,
                new NewTask(
                        "default",
                        "t",
                        null,
                        "default",
                        2,
                        null,
                        "{}",
                        null,
                        null,
                        null,
                        Instant.parse("2090-01-01T00:00:00Z")));

        List<DueTask> read = due(connection);

        assertThat(read).singleElement().satisfies(task -> {
            DueTasks.Cursor behind = new DueTasks.Cursor(
                    StoreFixture.fences(connection).stream()
                            .filter(fence -> fence.lane() == task.lane())
                            .findFirst()
                            .orElseThrow(),
                    2,
                    null,
                    Set.of(),
                    task.dueAt(),
                    task.id(),
                    10,
                    100);
            assertThat(DueTasks.read(
                                    connection,
                                    StoreFixture.NODE,
                                    List.of(behind),
                                    List.of("t"),
                                    List.of(),
                                    List.of(),
                                    List.of())
                            .tasks())
                    .isEmpty();
        });
        assertThat(DueTasks.nextDue(connection, List.of(0, 1, 2, 3), Instant.parse("2080-01-01T00:00:00Z"))
                        .values())
                .containsExactly(Instant.parse("2090-01-01T00:00:00Z"));
    }

    @Test
    @Tag("B10")
    void readsNothingForAnOwnerWhoLostTheLane() throws Exception {
        StoreFixture own = new StoreFixture();
        try (Connection other = own.connect()) {
            insert(other, task("t"));
            List<DueTasks.Cursor> old = StoreFixture.fences(other).stream()
                    .map(fence -> new DueTasks.Cursor(fence, 2, null, Set.of(), Instant.EPOCH, 0, 10, 100))
                    .toList();
            for (DueTasks.Cursor cursor : old) {
                Lanes.takeOver(other, cursor.fence().lane(), cursor.fence().epoch(), StoreFixture.NODE, false);
            }

            DueTasks.Read read =
                    DueTasks.read(other, StoreFixture.NODE, old, List.of("t"), List.of(), List.of(), List.of());
            assertThat(read.tasks()).isEmpty();
            assertThat(read.lost())
                    .as("and says so")
                    .hasSize(old.size())
                    .containsAll(old.stream().map(each -> each.fence().lane()).toList());
        }
    }

    @Test
    void changesRaiseTheVersionAndRespectTheState() throws Exception {
        long id = insert(connection, task("t"));

        assertThat(TaskChanges.resume(connection, id)).isEmpty();
        assertThat(TaskChanges.pause(connection, id))
                .get()
                .extracting(TaskRow::version)
                .isEqualTo(2L);
        assertThat(TaskChanges.runNow(connection, id)).isEmpty();
        assertThat(TaskChanges.resume(connection, id))
                .get()
                .extracting(TaskRow::state)
                .isEqualTo("active");
        assertThat(TaskChanges.cancel(connection, id))
                .get()
                .extracting(TaskRow::dueAt)
                .isNull();
        assertThat(TaskChanges.cancel(connection, id)).isEmpty();
    }

    @Test
    void listsByFilterFromTheNewestOn() throws Exception {
        List<Tasks.Created> created = Tasks.create(
                connection,
                IntStream.range(0, 5).mapToObj(i -> keyed("t", "k" + i)).toList());

        List<TaskRow> page = Tasks.list(
                connection,
                new Tasks.Filter("t", "active", null, null, "k", created.get(3).id(), 2));

        assertThat(page).extracting(TaskRow::key).containsExactly("k2", "k1");
        assertThat(count(connection, "SELECT count(*) FROM leasehold.task")).isEqualTo(5);
    }
}
