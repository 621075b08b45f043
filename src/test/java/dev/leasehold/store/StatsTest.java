package dev.leasehold.store;

import static dev.leasehold.store.StoreFixture.NODE;
import static dev.leasehold.store.StoreFixture.count;
import static dev.leasehold.store.StoreFixture.due;
import static dev.leasehold.store.StoreFixture.fences;
import static dev.leasehold.store.StoreFixture.insert;
import static dev.leasehold.store.StoreFixture.task;
import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Counters: each completion adds a delta, a fold adds the deltas to the totals, and who reads them reads both. */
class StatsTest {

    private static final String DELTAS = "SELECT count(*) FROM leasehold.stat_delta";
    private static final String TOTAL = "SELECT coalesce(sum(executed), 0) FROM leasehold.stat";

    private StoreFixture store;
    private Connection connection;

    @BeforeEach
    void connect() throws SQLException {
        store = new StoreFixture();
        connection = store.connect();
    }

    @AfterEach
    void close() throws SQLException {
        connection.close();
    }

    @Test
    @Tag("row55")
    void foldsDeltasIntoTotalsAndLeavesTheirSum() throws Exception {
        delta("t", "2026-01-01", 1);
        delta("t", "2026-01-01", 2);
        delta("t", "2026-01-02", 4);
        delta("u", "2026-01-01", 8);
        Stats.Totals before = Stats.read(connection);

        Stats.Folded first = Stats.fold(connection, 0);
        assertThat(Stats.read(connection)).isEqualTo(before);
        delta("t", "2026-01-01", 16);
        Stats.Folded second = Stats.fold(connection, first.position());

        assertThat(first.rows()).isEqualTo(4);
        assertThat(second.rows()).isEqualTo(1);
        assertThat(second.position()).isGreaterThan(first.position());
        assertThat(Stats.fold(connection, second.position())).isEqualTo(new Stats.Folded(0, second.position()));
        assertThat(count(connection, DELTAS)).isZero();
        assertThat(StoreFixture.texts(
                        connection,
                        "SELECT concat_ws(' ', type, day, found, executed, failed, skipped, cancelled, retried)"
                                + " FROM leasehold.stat ORDER BY type, day"))
                .containsExactly(
                        "t 2026-01-01 19 190 1900 19000 190000 1900000",
                        "t 2026-01-02 4 40 400 4000 40000 400000",
                        "u 2026-01-01 8 80 800 8000 80000 800000");
        assertThat(Stats.read(connection).byType().get("t"))
                .isEqualTo(new Stats.Counts(23, 230, 2_300, 23_000, 230_000, 2_300_000));
    }

    @Test
    void foldsNoMoreThanItMayAtOnce() throws Exception {
        try (Statement statement = connection.createStatement()) {
            statement.execute("""
                    INSERT INTO leasehold.stat_delta (type, day, found, executed, failed, skipped, cancelled, retried)
                    SELECT 't', '2026-01-01', 0, 1, 0, 0, 0, 0 FROM generate_series(1, %d)
                    """.formatted(Stats.FOLD_MAX + 1));
        }

        Stats.Folded first = Stats.fold(connection, 0);

        assertThat(first.rows()).isEqualTo(Stats.FOLD_MAX);
        assertThat(Stats.fold(connection, first.position()).rows()).isEqualTo(1);
        assertThat(count(connection, TOTAL)).isEqualTo(Stats.FOLD_MAX + 1);
    }

    @Test
    void takesWhatNoOtherTakesAndNothingTwice() throws Exception {
        delta("t", "2026-01-01", 1);
        try (Connection other = store.connect()) {
            other.setAutoCommit(false);
            assertThat(Stats.fold(other, 0).rows()).isEqualTo(1);
            delta("u", "2026-01-01", 2);

            assertThat(Stats.fold(connection, 0).rows()).isEqualTo(1);

            other.rollback();
            assertThat(count(connection, TOTAL)).isEqualTo(20);
            assertThat(Stats.read(connection).all().executed()).isEqualTo(30);
            assertThat(Stats.fold(connection, 0).rows()).isEqualTo(1);
            assertThat(count(connection, TOTAL)).isEqualTo(30);
        }
    }

    /** They count by lane, and may go on until they are replaced. */
    @Test
    void addsUpWhatNodesOfBeforeWrite() throws Exception {
        store.database.execute("""
                INSERT INTO leasehold.stat (type, lane, day, found, executed, failed, skipped, cancelled, retried)
                VALUES ('t', 3, '2026-01-01', 0, 1, 0, 0, 0, 0);
                INSERT INTO leasehold.stat_delta (type, lane, day, found, executed, failed, skipped, cancelled, retried)
                VALUES ('t', 3, '2026-01-01', 0, 2, 0, 0, 0, 0);
                """);
        delta("t", "2026-01-01", 1);

        Stats.fold(connection, 0);

        assertThat(Stats.read(connection).all().executed()).isEqualTo(13);
        assertThat(StoreFixture.texts(connection, "SELECT lane || ' ' || executed FROM leasehold.stat ORDER BY lane"))
                .containsExactly("-1 12", "3 1");
    }

    /** It drew a smaller number than one that was folded before: who looks at all of them finds it. */
    @Test
    void findsWhatWasCommittedLate() throws Exception {
        try (Connection late = store.connect()) {
            late.setAutoCommit(false);
            delta(late, "t", "2026-01-01", 1);
            delta("t", "2026-01-01", 2);
            Stats.Folded folded = Stats.fold(connection, 0);
            late.commit();

            assertThat(folded.rows()).isEqualTo(1);
            assertThat(Stats.fold(connection, folded.position()).rows()).isZero();
            assertThat(Stats.read(connection).all().executed()).isEqualTo(30);
            assertThat(Stats.fold(connection, 0).rows()).isEqualTo(1);
            assertThat(count(connection, TOTAL)).isEqualTo(30);
        }
    }

    /** No row that many flushes update: of such a one nothing goes while somebody holds a transaction open. */
    @Test
    void costsTheLastFlushOfThousandsBesideAHeldTransactionWhatItCostTheFirst() throws Exception {
        try (Connection holder = store.connect();
                Statement held = holder.createStatement()) {
            holder.setAutoCommit(false);
            held.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
            held.execute("SELECT count(*) FROM leasehold.lane");

            flush(20); // the first pages of the tables, the catalogs
            long first = pagesOfAFlush();
            flush(3_000);
            long last = pagesOfAFlush();

            assertThat(last).isLessThan(first + 18);
        }
    }

    private void flush(int times) throws SQLException {
        for (int no = 0; no < times; no++) {
            insert(connection, task("t"));
            Completions.flush(connection, NODE, fences(connection), success());
        }
    }

    private long pagesOfAFlush() throws SQLException {
        insert(connection, task("t"));
        List<Completion> one = success();
        List<LaneFence> fences = fences(connection);
        long pages = pages(work -> Completions.flush(work, NODE, fences, one));
        Completions.flush(connection, NODE, fences, one);
        return pages;
    }

    /** Of the work as it is on a session like a flush's; then it is undone. */
    private long pages(Plans.Work work) throws SQLException {
        String simply = store.database.url() + "?preferQueryMode=simple";
        try (Connection explained =
                        DriverManager.getConnection(simply, store.database.user(), store.database.password());
                Statement statement = explained.createStatement()) {
            statement.execute(StoreFixture.TUNED);
            return Plans.of(explained, work).stream()
                    .filter(plan -> plan.kind().equals("for its values"))
                    .mapToLong(StatsTest::pagesWritten)
                    .sum();
        }
    }

    /** By all that writes: what the answer does not need is carried out after it, and is not in the sum of the whole plan. */
    private static long pagesWritten(Plans.Plan plan) {
        long[] pages = {0};
        plan.each(node -> {
            if (node.path("Node Type").asText().equals("ModifyTable")) {
                pages[0] += node.path("Shared Hit Blocks").asLong()
                        + node.path("Shared Read Blocks").asLong();
            }
        });
        return pages[0];
    }

    /** However many it has folded before: their rows stay while somebody holds a transaction open. */
    @Test
    void foldsBehindTheDeadRowsOfWhatIsFolded() throws Exception {
        try (Connection holder = store.connect();
                Statement held = holder.createStatement();
                Statement statement = connection.createStatement()) {
            statement.execute("""
                    INSERT INTO leasehold.stat_delta (type, day, found, executed, failed, skipped, cancelled, retried)
                    SELECT 't', '2026-01-01', 0, 1, 0, 0, 0, 0 FROM generate_series(1, 60000)
                    """);
            holder.setAutoCommit(false);
            held.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
            held.execute("SELECT count(*) FROM leasehold.lane");
            long position = 0;
            while (Stats.fold(connection, position).rows() > 0) {
                position = count(connection, "SELECT coalesce(min(id), 60001) - 1 FROM leasehold.stat_delta");
            }
            delta("t", "2026-01-01", 1);
            statement.execute("ANALYZE leasehold.stat_delta");
            long last = position - 1_000;

            assertThat(pages(work -> Stats.fold(work, last))).isLessThan(pages(work -> Stats.fold(work, 0)) / 10);
        }
    }

    @Test
    @Tag("row55")
    void countsEachOutcomeAsWhatItIs() throws Exception {
        for (String outcome : List.of("success", "partial", "failed", "skipped", "cancelled", "failed")) {
            boolean isFinal = count(connection, DELTAS) < 5;
            insert(connection, task("t"));
            Completions.flush(
                    connection,
                    NODE,
                    fences(connection),
                    List.of(StoreFixture.completion(
                            due(connection).get(0), Completion.Action.CLOSE, null, outcome, isFinal)));
        }

        assertThat(Stats.read(connection).all()).isEqualTo(new Stats.Counts(6, 2, 1, 1, 1, 1));
    }

    private List<Completion> success() throws SQLException {
        return due(connection).stream().map(StoreFixture::success).toList();
    }

    private void delta(String type, String day, long n) throws SQLException {
        delta(connection, type, day, n);
    }

    private static void delta(Connection on, String type, String day, long n) throws SQLException {
        try (Statement statement = on.createStatement()) {
            statement.execute("""
                    INSERT INTO leasehold.stat_delta (type, day, found, executed, failed, skipped, cancelled, retried)
                    SELECT '%s', '%s', n, 10 * n, 100 * n, 1000 * n, 10000 * n, 100000 * n FROM (SELECT %d AS n) AS x
                    """.formatted(type, day, n));
        }
    }
}
