package dev.leasehold.store;

import static dev.leasehold.store.StoreFixture.NODE;
import static dev.leasehold.store.StoreFixture.due;
import static dev.leasehold.store.StoreFixture.fences;
import static dev.leasehold.store.StoreFixture.insert;
import static dev.leasehold.store.StoreFixture.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The statement for plain ends writes what the one for all results would have written. */
class PlainEndsTest {

    private interface Write {
        Completions.Written of(List<Completion> batch) throws SQLException;
    }

    private StoreFixture store;
    private Connection connection;

    @BeforeEach
    void open() throws Exception {
        store = new StoreFixture();
        connection = store.connect();
    }

    @AfterEach
    void close() throws Exception {
        connection.close();
    }

    @Test
    void bothStatementsLeaveTheSameRows() throws Exception {
        List<Completion> batch = variedEnds();
        assertThat(batch).hasSize(8);
        assertThat(batch.stream().filter(Completion::isPlainEnd)).hasSize(6);
        List<LaneFence> fences = fences(connection);

        List<String> plain = rowsAfter(all -> Completions.flush(connection, NODE, fences, all), batch);
        List<String> any = rowsAfter(all -> Completions.flushAny(connection, NODE, fences, all), batch);

        assertThat(plain).hasSize(12).isEqualTo(any);
    }

    @Test
    void aBatchOfBothKindsIsWrittenWhole() throws Exception {
        List<Completion> batch = new ArrayList<>(variedEnds());
        insert(connection, task("t"));
        DueTask last = due(connection).stream()
                .filter(each -> batch.stream().noneMatch(end -> end.taskId() == each.id()))
                .findFirst()
                .orElseThrow();
        batch.add(StoreFixture.completion(last, Completion.Action.CLOSE, null, "failed", true));

        Completions.Written written = Completions.flush(connection, NODE, fences(connection), batch);

        assertThat(written.versions()).hasSize(9);
        assertThat(written.lanesPassed()).hasSize(StoreFixture.LANES);
        assertThat(written.endedNeeds()).isTrue();
        assertThat(Stats.read(connection).all().executed()).isEqualTo(8);
        assertThat(Stats.read(connection).all().failed()).isEqualTo(1);
    }

    @Test
    @Tag("B1")
    void theOtherStatementTooLeavesARowThatSomebodyElseHasLocked() throws Exception {
        insert(connection, task("t"));
        insert(connection, task("t"));
        List<DueTask> read = due(connection);
        List<Completion> batch = read.stream().map(StoreFixture::success).toList();
        try (Connection foreign = store.connect()) {
            foreign.setAutoCommit(false);
            execute(
                    foreign,
                    "SELECT FROM leasehold.task WHERE id = " + read.get(0).id() + " FOR UPDATE");

            Completions.Written first = Completions.flushAny(connection, NODE, fences(connection), batch);

            assertThat(first.versions()).containsOnlyKeys(read.get(1).id());
        }
    }

    @Test
    void aRowThatIsNotAsItWasReadIsLeftAlone() throws Exception {
        insert(connection, task("t"));
        insert(connection, task("t"));
        List<DueTask> read = due(connection);
        List<Completion> batch = read.stream().map(StoreFixture::success).toList();
        execute(
                connection,
                "UPDATE leasehold.task SET version = version + 1 WHERE id = "
                        + read.get(0).id());

        Completions.Written written = Completions.flush(connection, NODE, fences(connection), batch);

        assertThat(written.versions()).containsOnlyKeys(read.get(1).id());
        assertThat(written.lanesPassed()).hasSize(StoreFixture.LANES);
        assertThat(texts("SELECT task_id FROM leasehold.run"))
                .containsExactly(Long.toString(read.get(1).id()));
    }

    @Test
    void eachOfManyVersionsIsWrittenOnce() throws Exception {
        execute(connection, """
                INSERT INTO leasehold.task (id, lane, type, due_at, version)
                SELECT no, no % %d, 't', now(), CASE WHEN no > 1200 THEN 2 WHEN no > 1190 THEN no ELSE 1 END
                FROM generate_series(1, 1260) AS no
                """.replace("%d", Integer.toString(StoreFixture.LANES)));
        List<LaneFence> fences = fences(connection);
        List<Completion> batch =
                due(connection).stream().map(StoreFixture::success).toList();
        assertThat(batch).hasSize(1260).allMatch(Completion::isPlainEnd);

        List<String> plain = rowsAfter(all -> Completions.flush(connection, NODE, fences, all), batch);
        List<String> any = rowsAfter(all -> Completions.flushAny(connection, NODE, fences, all), batch);

        assertThat(plain).isEqualTo(any).hasSize(1262);
    }

    @Test
    void theyAreWrittenWithAndWithoutResultsOnOneSession() throws Exception {
        for (int no = 0; no < 16; no++) { // the driver and the server keep a plan after five or six
            insert(connection, task("t"));
            DueTask read = due(connection).get(0);
            Completion end = end(read, no % 4);

            Completions.Written written = Completions.flush(
                    connection, NODE, fences(connection).subList(read.lane(), read.lane() + 1), List.of(end));

            assertThat(written.versions()).containsOnlyKeys(read.id());
            assertThat(texts(
                            "SELECT coalesce(result ->> 'no', 'none') FROM leasehold.run WHERE task_id = " + read.id()))
                    .containsExactly(no % 2 == 0 ? "none" : Integer.toString(no % 4));
        }
    }

    @Test
    void aLaneThatIsLostPartsWhatIsWrittenFromWhatIsNot() throws Exception {
        for (int no = 0; no < 2 * StoreFixture.LANES; no++) {
            insert(connection, task("t"));
        }
        List<Completion> batch =
                due(connection).stream().map(StoreFixture::success).toList();
        List<LaneFence> fences = fences(connection);
        execute(connection, "UPDATE leasehold.lane SET epoch = epoch + 1 WHERE no = 1");

        Completions.Written written = Completions.flush(connection, NODE, fences, batch);

        assertThat(written.lanesPassed()).hasSize(StoreFixture.LANES - 1).doesNotContain(1);
        assertThat(written.versions()).hasSize(batch.size() - 2);
        assertThat(texts("SELECT DISTINCT lane FROM leasehold.task")).containsExactly("1");
    }

    @Test
    @Tag("B1")
    void itGivesUpWhereSomebodyElseHasARowLocked() throws Exception {
        insert(connection, task("t"));
        insert(connection, task("t"));
        List<DueTask> read = due(connection);
        List<Completion> batch = read.stream().map(StoreFixture::success).toList();
        try (Connection foreign = store.connect()) {
            foreign.setAutoCommit(false);
            execute(
                    foreign,
                    "SELECT FROM leasehold.task WHERE id = " + read.get(0).id() + " FOR UPDATE");

            assertThatThrownBy(() -> Completions.flush(connection, NODE, fences(connection), batch))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("55P03"));
        }
        assertThat(due(connection)).hasSize(2);
        assertThat(texts("SELECT current_setting('lock_timeout')")).containsExactly("0");
    }

    @Test
    void noPlanThatWasMadeWhileTheTableWasEmptyReadsItWholeLater() throws Exception {
        insert(connection, task("t"));
        Completion end = StoreFixture.success(due(connection).get(0));
        execute(connection, "DELETE FROM leasehold.task");
        execute(connection, "VACUUM leasehold.task");
        execute(connection, StoreFixture.TUNED);
        for (int no = 0; no < 12; no++) { // the driver and the server keep a plan after five or six
            Completions.flush(connection, NODE, fences(connection), List.of(end));
            Completions.flush(connection, NODE, fences(connection), List.of(end.asAny()));
        }
        insert(connection, task("t"));
        Completion plain = StoreFixture.success(due(connection).get(0));
        insert(connection, task("t"));

        String wholeReads = "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relid = 'leasehold.task'::regclass";
        connection.setAutoCommit(false);
        List<String> before = texts(wholeReads);
        Completions.flush(connection, NODE, fences(connection), List.of(plain));
        Completions.flush(connection, NODE, fences(connection), List.of(plain.asAny()));

        assertThat(texts(wholeReads)).isEqualTo(before).hasSize(1);
        connection.rollback();
    }

    @Test
    void aDoubleOfSecondsIsExactToTheMicrosecond() throws Exception {
        Random random = new Random(17);
        List<Instant> instants = IntStream.range(0, 20_000)
                .mapToObj(no -> Instant.ofEpochSecond(random.nextLong(1L << 32), random.nextInt(1_000_000) * 1_000L))
                .toList();
        assertThat(instants).allMatch(Times::isExactInSeconds);
        assertThat(Times.isExactInSeconds(Instant.parse("2107-01-01T00:00:00Z")))
                .isFalse();

        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT array_agg((extract(epoch FROM to_timestamp(s)) * 1000000)::bigint ORDER BY no)
                FROM unnest(?::float8[]) WITH ORDINALITY AS t (s, no)
                """)) {
            statement.setArray(
                    1,
                    connection.createArrayOf(
                            "float8", instants.stream().map(Times::seconds).toArray(Double[]::new)));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                Array micros = row.getArray(1);
                assertThat((Object[]) micros.getArray())
                        .containsExactly(instants.stream().map(Times::micros).toArray());
            }
        }
    }

    /** Tasks that differ in all that the statements read from their rows. */
    private List<Completion> variedEnds() throws SQLException {
        insert(connection, task("t"));
        insert(connection, StoreFixture.keyed("t", "k"));
        insert(connection, new NewTask("acme", "u", null, "slow", 1, "ck", "{\"ä\":[1]}", null, null, 5_000L, null));
        insert(connection, new NewTask("acme", "u", null, "default", 0, null, "[]", null, null, null, null));
        insert(
                connection,
                new NewTask("default", "t", null, "default", 2, null, "{}", null, null, null, null, Set.of(), true));
        long retried = insert(connection, task("t"));
        execute(
                connection,
                "UPDATE leasehold.task SET run_no = 5, attempt = 3, run_due_at = due_at - interval '1 hour' WHERE id = "
                        + retried);
        execute(connection, "UPDATE leasehold.lane SET epoch = 7 + no");
        insert(connection, task("t"));
        insert(connection, task("t"));
        execute(connection, """
                INSERT INTO leasehold.running (task_id, run_no, attempt, lane, epoch, node, type, tenant, due_at, started_at)
                SELECT id, run_no, attempt, lane, 1, 'node-a', type, tenant, due_at, now() FROM leasehold.task ORDER BY id DESC LIMIT 2
                """);
        List<Completion> ends = new ArrayList<>();
        Set<Long> inLedger = Ledger.ofTasks(
                        connection, due(connection).stream().map(DueTask::id).toList())
                .stream()
                .map(Ledger.Entry::taskId)
                .collect(Collectors.toSet());
        for (DueTask each : due(connection)) {
            Completion end = end(each, ends.size());
            ends.add(inLedger.contains(each.id()) ? end.asAny() : end);
        }
        return ends;
    }

    private static Completion end(DueTask task, int no) {
        Instant started = Instant.now().minus(Duration.ofNanos(1_000L * (no * 1_001 + 7)));
        return new Completion(
                task.id(),
                task.lane(),
                task.version(),
                Completion.Action.CLOSE,
                null,
                task.dueAt(),
                true,
                "success",
                null,
                null,
                no % 2 == 0 ? null : "{\"no\":" + no + "}",
                null,
                null,
                started,
                started.plusNanos(3_000L * no),
                0,
                0,
                0,
                null,
                true);
    }

    /** All that a flush touches; then it is undone. */
    private List<String> rowsAfter(Write write, List<Completion> batch) throws SQLException {
        connection.setAutoCommit(false);
        try {
            Completions.Written written = write.of(batch);
            List<String> rows = new ArrayList<>();
            rows.add(written.toString());
            rows.addAll(texts("SELECT r FROM leasehold.run r ORDER BY task_id"));
            rows.addAll(texts("SELECT (type, day, sum(found), sum(executed), sum(failed), sum(skipped), sum(cancelled),"
                    + " sum(retried)) FROM leasehold.stat_delta GROUP BY type, day ORDER BY type, day"));
            rows.addAll(texts("SELECT (task_id, success) FROM leasehold.task_end ORDER BY task_id"));
            rows.addAll(texts("SELECT r.task_id FROM leasehold.running r ORDER BY task_id"));
            rows.addAll(texts("SELECT t.id FROM leasehold.task t ORDER BY id"));
            return rows;
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    private List<String> texts(String sql) throws SQLException {
        return StoreFixture.texts(connection, sql);
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
