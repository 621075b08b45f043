package dev.leasehold.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How far a read of due tasks walks over rows that it passes over, and how it tells where its walk has ended. */
class DueWalksTest {

    private static final Instant DUE = Instant.parse("2020-01-01T00:00:00Z");

    private static StoreFixture store;

    @BeforeAll
    static void open() throws Exception {
        store = new StoreFixture();
    }

    @BeforeEach
    void empty() throws Exception {
        store.database.execute("TRUNCATE leasehold.task");
    }

    private static Connection connect(String plans) throws SQLException {
        Connection connection = DriverManager.getConnection(
                store.database.url() + "?prepareThreshold=1", store.database.user(), store.database.password());
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET plan_cache_mode = " + plans);
        }
        return connection;
    }

    /** Tasks of lane 0 with the ids 1, 2, …, due one second after the other: t and o are types. */
    private static void fill(String types) throws SQLException {
        for (int i = 1; i <= types.length(); i++) {
            insert(i, types.substring(i - 1, i), "'" + due(i) + "'");
        }
    }

    private static void insert(int id, String type, String due) throws SQLException {
        store.database.execute("INSERT INTO leasehold.task (id, lane, due_at, type) VALUES (" + id + ", 0, " + due
                + ", '" + type + "')");
    }

    private static Instant due(int id) {
        return DUE.plusSeconds(id);
    }

    /** From behind the task with this number. */
    private static DueTasks.Cursor cursor(Connection connection, Set<String> leaves, int after, int limit, int walk)
            throws SQLException {
        LaneFence fence = StoreFixture.fences(connection).stream()
                .filter(each -> each.lane() == 0)
                .findFirst()
                .orElseThrow();
        return new DueTasks.Cursor(fence, 2, null, leaves, due(after), after, limit, walk);
    }

    private static DueTasks.Read read(Connection connection, DueTasks.Cursor... cursors) throws SQLException {
        return read(connection, Set.of(), Set.of(), cursors);
    }

    private static void assertFound(DueTasks.Read read, DueTasks.@Nullable End cut, Long... ids) {
        assertThat(read.tasks()).extracting(DueTask::id).containsExactly(ids);
        assertThat(read.cut()).containsExactly(cut);
        assertThat(read.isCut()).isEqualTo(cut != null);
    }

    private static DueTasks.End end(int id) {
        return new DueTasks.End(due(id), id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"force_custom_plan", "force_generic_plan"})
    void endsInTheMidstOfRowsThatItPassesOverAndGoesOnFromThere(String plans) throws Exception {
        fill("oooooooot");
        try (Connection connection = connect(plans)) {
            assertFound(read(connection, cursor(connection, Set.of(), 0, 3, 4)), end(4));
            assertFound(read(connection, cursor(connection, Set.of(), 4, 3, 4)), end(8));
            assertFound(read(connection, cursor(connection, Set.of(), 8, 3, 4)), null, 9L);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"force_custom_plan", "force_generic_plan"})
    void readsOfWhatOthersLeaveTheQueuesAndTenantsThatItIsToRead(String plans) throws Exception {
        fill("tttttt");
        try (Connection connection = connect(plans)) {
            store.database.execute("UPDATE leasehold.task SET queue = 'q' || id");
            store.database.execute("UPDATE leasehold.task SET tenant = 'one, two' WHERE id = 4");
            store.database.execute("UPDATE leasehold.task SET tenant = E'a\\x1fb' WHERE id = 5");
            DueTasks.Cursor others = cursor(connection, Set.of(), 0, 9, 9);
            Set<String> queues = Set.of("q1", "q2");
            Set<String> tenants = Set.of("one, two", "a\u001fb");

            assertThat(ids(read(connection, queues, tenants, others))).containsExactly(List.of(3L, 6L));
            assertThat(ids(read(
                            connection,
                            queues,
                            tenants,
                            others.reads(Set.of("q2"), Set.of()),
                            others,
                            others.reads(queues, tenants),
                            others.reads(Set.of(), Set.of("one, two")).until(due(4), 4))))
                    .as("names with the separator stay left")
                    .containsExactly(
                            List.of(2L, 3L, 6L), List.of(3L, 6L), List.of(1L, 2L, 3L, 4L, 6L), List.of(3L, 4L));
        }
    }

    private static DueTasks.Read read(
            Connection connection, Set<String> leftQueues, Set<String> leftTenants, DueTasks.Cursor... cursors)
            throws SQLException {
        return DueTasks.read(
                connection, StoreFixture.NODE, List.of(cursors), Set.of("t"), Set.of(), leftQueues, leftTenants);
    }

    private static List<List<Long>> ids(DueTasks.Read read) {
        return read.byCursor().stream()
                .map(rows -> rows.stream().map(DueTask::id).toList())
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"force_custom_plan", "force_generic_plan"})
    void endsWithTheRowThatItIsToReadUpTo(String plans) throws Exception {
        fill("tototo");
        try (Connection connection = connect(plans)) {
            DueTasks.Cursor all = cursor(connection, Set.of(), 0, 5, 9);

            assertFound(read(connection, all.until(due(3), 3)), null, 1L, 3L);
            assertFound(read(connection, all.until(due(3), 2)), null, 1L);
            assertFound(read(connection, all.until(due(1), 0)), null);
            assertFound(read(connection, all.until(due(9), 9)), null, 1L, 3L, 5L);
            DueTasks.Cursor walk = cursor(connection, Set.of("t"), 1, 3, 3).until(due(4), 4);
            assertFound(read(connection, walk), end(4));
            assertFound(read(connection, walk.until(due(3), 3)), null);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"force_custom_plan", "force_generic_plan"})
    void tellsWhetherItEndedAtTheLastRowOrBeforeIt(String plans) throws Exception {
        fill("oooo");
        try (Connection connection = connect(plans)) {
            assertFound(read(connection, cursor(connection, Set.of(), 0, 3, 3)), end(3));
            assertFound(read(connection, cursor(connection, Set.of(), 0, 3, 4)), end(4));
            assertFound(read(connection, cursor(connection, Set.of(), 4, 3, 4)), null);
            assertFound(read(connection, cursor(connection, Set.of(), 0, 3, 5)), null);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"force_custom_plan", "force_generic_plan"})
    void endsAtARowThatFitsAndBringsItOnce(String plans) throws Exception {
        fill("ootto");
        try (Connection connection = connect(plans)) {
            assertFound(read(connection, cursor(connection, Set.of(), 0, 3, 3)), end(3), 3L);
            assertFound(read(connection, cursor(connection, Set.of(), 0, 3, 4)), end(4), 3L, 4L);
            assertFound(read(connection, cursor(connection, Set.of(), 0, 2, 4)), null, 3L, 4L);
            assertFound(read(connection, cursor(connection, Set.of(), 0, 3, 5)), end(5), 3L, 4L);
        }
    }

    @Test
    void walksNoFurtherThanNow() throws Exception {
        fill("oot");
        insert(4, "o", "now() + interval '1 hour'");
        insert(5, "t", "now() + interval '2 hours'");
        try (Connection connection = connect("auto")) {
            assertFound(read(connection, cursor(connection, Set.of(), 0, 3, 4)), null, 3L);
            assertFound(read(connection, cursor(connection, Set.of(), 0, 3, 3)), end(3), 3L);
            assertFound(read(connection, cursor(connection, Set.of(), 3, 3, 4)), null);
        }
    }

    @Test
    void tellsOfEachCursorByItselfAndLeavesTypesToOthers() throws Exception {
        fill("toootttt");
        try (Connection connection = connect("auto")) {
            DueTasks.Read read = read(
                    connection,
                    cursor(connection, Set.of(), 0, 3, 3),
                    cursor(connection, Set.of("t", "x"), 4, 3, 4),
                    cursor(connection, Set.of("x"), 4, 3, 4),
                    cursor(connection, Set.of(), 8, 3, 4));
            assertThat(read.byCursor())
                    .extracting(rows -> rows.stream().map(DueTask::id).toList())
                    .containsExactly(List.of(1L), List.of(), List.of(5L, 6L, 7L), List.of());
            assertThat(read.cut()).containsExactly(end(3), end(8), null, null);
        }
    }

    @Test
    void touchesFewRowsAndPagesPastABacklogOfATypeThatItPassesOver() throws Exception {
        store.database.execute("""
                INSERT INTO leasehold.task (id, lane, due_at, type)
                SELECT n, n % 4, now() - interval '1 hour' + n * interval '1 ms', CASE WHEN n = 99000 THEN 't' ELSE 'o' END
                FROM generate_series(1, 100000) AS n
                """);
        String simply = store.database.url() + "?preferQueryMode=simple";
        try (Connection connection =
                DriverManager.getConnection(simply, store.database.user(), store.database.password())) {
            // Statistics of an empty table, then new ones.
            assertBounded(connection);
            store.database.execute("ANALYZE leasehold.task");
            assertBounded(connection);
        }
    }

    private static void assertBounded(Connection connection) throws SQLException {
        List<DueTasks.Cursor> cursors = new ArrayList<>();
        for (LaneFence fence : StoreFixture.fences(connection)) {
            IntStream.range(0, 4)
                    .forEach(priority -> cursors.add(
                            new DueTasks.Cursor(fence, priority, null, Set.of(), Instant.EPOCH, 0, 100, 1_000)));
        }
        List<Plans.Plan> plans = Plans.of(
                connection,
                work -> assertThat(read(work, cursors.toArray(DueTasks.Cursor[]::new))
                                .cut())
                        .hasSize(16)
                        .filteredOn(end -> end != null)
                        .hasSize(4));
        connection.setAutoCommit(true);
        Plans.Plan carriedOut = plans.get(0);
        String shown = carriedOut.root().toPrettyString();
        // The walk, and the way to its last row, of the four pieces that have rows.
        assertThat(carriedOut.rowsTouched()).as("rows, " + shown).isBetween(4_000L, 8_100L);
        assertThat(carriedOut.pagesTouched()).as("pages, " + shown).isLessThan(10_000);
        for (Plans.Plan plan : plans) {
            List<String> sorted = new ArrayList<>();
            plan.each(node -> {
                if (node.path("Sort Key").toString().contains("due_at")) {
                    sorted.add(node.path("Node Type").asText());
                }
            });
            assertThat(sorted).as(plan.kind() + " streams").isEmpty();
            assertThat(plan.indexes()).as(plan.kind()).contains("task_due");
        }
    }
}
