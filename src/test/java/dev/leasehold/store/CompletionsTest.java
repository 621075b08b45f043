package dev.leasehold.store;

import static dev.leasehold.store.StoreFixture.NODE;
import static dev.leasehold.store.StoreFixture.completion;
import static dev.leasehold.store.StoreFixture.count;
import static dev.leasehold.store.StoreFixture.due;
import static dev.leasehold.store.StoreFixture.fences;
import static dev.leasehold.store.StoreFixture.insert;
import static dev.leasehold.store.StoreFixture.success;
import static dev.leasehold.store.StoreFixture.task;
import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class CompletionsTest {

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
    @Tag("row55")
    void closesAOneShotWithItsHistoryAndItsCount() throws Exception {
        long id = insert(connection, task("t"));
        DueTask read = due(connection).get(0);

        Completions.Written written = Completions.flush(connection, NODE, fences(connection), List.of(success(read)));

        assertThat(written.versions()).containsExactlyEntriesOf(java.util.Map.of(id, 0L));
        assertThat(Tasks.get(connection, id)).isEmpty();
        assertThat(DoneTasks.get(connection, id)).get().satisfies(done -> {
            assertThat(done.state()).isEqualTo("done");
            assertThat(done.type()).isEqualTo("t");
            assertThat(done.payload()).isEqualTo("{}");
        });
        assertThat(Stats.read(connection).all()).isEqualTo(new Stats.Counts(1, 1, 0, 0, 0, 0));
    }

    @Test
    void keepsARecurringTaskWithItsNextDueTime() throws Exception {
        long id = insert(connection, task("t"));
        DueTask read = due(connection).get(0);
        Instant next = Instant.parse("2040-01-01T00:00:00.123456Z");

        Completions.flush(
                connection,
                NODE,
                fences(connection),
                List.of(completion(read, Completion.Action.NEXT, next, "success", true)));

        assertThat(Tasks.get(connection, id)).get().satisfies(row -> {
            assertThat(row.dueAt()).isEqualTo(next);
            assertThat(row.runNo()).isEqualTo(2);
            assertThat(row.attempt()).isEqualTo(1);
            assertThat(row.version()).isEqualTo(read.version() + 1);
        });
    }

    @Test
    void recordsWhenTheRunWasDueThoughSomebodyChangedTheTaskMeanwhile() throws Exception {
        insert(connection, task("t"));
        DueTask read = due(connection).get(0);
        long cancelled = TaskChanges.cancel(connection, read.id()).orElseThrow().version();

        Completions.flush(
                connection,
                NODE,
                fences(connection),
                List.of(completion(read, Completion.Action.NEXT, null, "cancelled", true)
                        .replanned(cancelled, Completion.Action.RECORD, null)));

        assertThat(Runs.ofRun(connection, read.id(), 1))
                .singleElement()
                .extracting(Runs.Row::dueAt)
                .isEqualTo(read.dueAt());
    }

    @Test
    void keepsWhenTheRunWasDueAndWhatIsSparedUntilTheRunEnds() throws Exception {
        long id = insert(connection, task("t"));
        DueTask first = due(connection).get(0);
        assertThat(first.runDueAt()).isNull();
        Instant retry = first.dueAt().plusMillis(1);

        flush(sparing(completion(first, Completion.Action.RETRY, retry, "failed", false), 2));
        DueTask second = due(connection).get(0);
        flush(sparing(completion(second, Completion.Action.RETRY, retry.plusMillis(1), "failed", false), 3));
        DueTask third = due(connection).get(0);

        assertThat(second.dueAt()).isEqualTo(retry);
        assertThat(List.of(second, third)).extracting(DueTask::runDueAt).containsOnly(first.dueAt());
        assertThat(List.of(second, third)).extracting(DueTask::limitAttempts).containsExactly(2, 3);

        flush(sparing(completion(third, Completion.Action.NEXT, retry.plusMillis(2), "success", true), 3));
        DueTask next = due(connection).get(0);

        assertThat(next.id()).isEqualTo(id);
        assertThat(next.runDueAt()).isNull();
        assertThat(next.limitAttempts()).isZero();
    }

    @Test
    void forgetsWhenTheRunWasDueAtANewScheduleAndOnlyThen() throws Exception {
        long id = insert(connection, task("t"));
        DueTask first = due(connection).get(0);
        flush(completion(first, Completion.Action.RETRY, first.dueAt().plusMillis(1), "failed", false));
        long version = due(connection).get(0).version();

        TaskChanges.patch(connection, id, version, new TaskChanges.Patch(null, null, null, 1, null, null));
        assertThat(due(connection).get(0).runDueAt()).isEqualTo(first.dueAt());

        Instant start = first.dueAt().plusMillis(2);
        TaskChanges.patch(connection, id, version + 1, new TaskChanges.Patch(null, "{}", start, null, null, null));
        assertThat(due(connection).get(0).dueAt()).isEqualTo(start);
        assertThat(due(connection).get(0).runDueAt()).isNull();
    }

    private void flush(Completion completion) throws Exception {
        Completions.flush(connection, NODE, fences(connection), List.of(completion));
    }

    private static Completion sparing(Completion plain, int limitAttempts) {
        return new Completion(
                plain.taskId(),
                plain.lane(),
                plain.version(),
                plain.action(),
                plain.dueAt(),
                plain.runDueAt(),
                plain.isFinal(),
                plain.outcome(),
                plain.reason(),
                plain.error(),
                plain.result(),
                plain.log(),
                plain.progress(),
                plain.startedAt(),
                plain.finishedAt(),
                plain.consecutiveFailures(),
                plain.leaseAttempts(),
                limitAttempts,
                plain.pattern());
    }

    @Test
    void countsARetryApartFromTheRun() throws Exception {
        insert(connection, task("t"));
        DueTask first = due(connection).get(0);
        Instant now = Instant.ofEpochMilli(System.currentTimeMillis()).minus(1, ChronoUnit.SECONDS);
        Completions.flush(
                connection,
                NODE,
                fences(connection),
                List.of(completion(first, Completion.Action.RETRY, now, "failed", false)));

        DueTask second = due(connection).get(0);
        Completions.flush(connection, NODE, fences(connection), List.of(success(second)));

        assertThat(second.attempt()).isEqualTo(2);
        assertThat(Stats.read(connection).all()).isEqualTo(new Stats.Counts(1, 1, 0, 0, 0, 1));
        assertThat(Runs.ofRun(connection, first.id(), 1))
                .extracting(Runs.Row::attempt, Runs.Row::outcome, Runs.Row::isFinal)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(2, "success", true),
                        org.assertj.core.groups.Tuple.tuple(1, "failed", false));
    }

    @Test
    @Tag("A1")
    void writesNothingTwiceWhenAnAnswerWasLost() throws Exception {
        insert(connection, task("t"));
        List<Completion> batch = List.of(success(due(connection).get(0)));
        Completions.flush(connection, NODE, fences(connection), batch);

        Completions.Written again = Completions.flush(connection, NODE, fences(connection), batch);

        assertThat(again.versions()).isEmpty();
        assertThat(count(connection, "SELECT count(*) FROM leasehold.run")).isEqualTo(1);
        assertThat(Stats.read(connection).all().executed()).isEqualTo(1);
    }

    @Test
    @Tag("A1")
    void writesNothingForATaskThatSomebodyChanged() throws Exception {
        long id = insert(connection, task("t"));
        DueTask read = due(connection).get(0);
        TaskChanges.pause(connection, id);

        Completions.Written written = Completions.flush(connection, NODE, fences(connection), List.of(success(read)));

        assertThat(written.versions()).isEmpty();
        assertThat(count(connection, "SELECT count(*) FROM leasehold.run")).isZero();
        assertThat(Completions.explain(connection, List.of(read)))
                .containsExactly(new Completions.Standing(id, false, read.version() + 1, "paused", null));
    }

    @Test
    @Tag("B3")
    void writesTheOtherLanesWhenOneWasTakenOver() throws Exception {
        for (int i = 0; i < 8; i++) {
            insert(connection, task("t"));
        }
        List<DueTask> read = due(connection);
        List<LaneFence> before = fences(connection);
        LaneFence lost = before.get(1);
        StoreFixture.take(connection, lost.lane(), lost.epoch(), "node-b", true);

        Completions.Written written = Completions.flush(
                connection,
                NODE,
                before,
                read.stream().map(StoreFixture::success).toList());

        assertThat(written.lanesPassed()).hasSize(StoreFixture.LANES - 1).doesNotContain(lost.lane());
        assertThat(written.versions()).hasSize(6);
        assertThat(count(connection, "SELECT count(*) FROM leasehold.task WHERE lane = " + lost.lane()))
                .isEqualTo(2);
    }

    @Test
    @Tag("A2")
    void waitsForATakeOverUnderWayAndThenWritesNothing() throws Exception {
        insert(connection, task("t"));
        DueTask read = due(connection).get(0);
        List<LaneFence> fences = fences(connection);
        LaneFence mine = fences.stream()
                .filter(fence -> fence.lane() == read.lane())
                .findFirst()
                .orElseThrow();
        try (Connection taker = store.connect();
                Connection observer = store.connect()) {
            taker.setAutoCommit(false);
            StoreFixture.take(taker, mine.lane(), mine.epoch(), "node-b", true);

            CompletableFuture<Completions.Written> flush = CompletableFuture.supplyAsync(() -> {
                try {
                    return Completions.flush(connection, NODE, fences, List.of(success(read)));
                } catch (java.sql.SQLException e) {
                    throw new AssertionError(e);
                }
            });
            Awaitility.await()
                    .untilAsserted(() -> assertThat(
                                    count(
                                            observer,
                                            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"))
                            .isEqualTo(1));
            taker.commit();

            assertThat(flush.get(10, TimeUnit.SECONDS).versions()).isEmpty();
            assertThat(count(observer, "SELECT count(*) FROM leasehold.task")).isEqualTo(1);
        }
    }

    @Test
    @Tag("A13")
    void refusesAnOwnerWhoseTokenIsOfAnotherHistory() throws Exception {
        insert(connection, task("t"));
        DueTask read = due(connection).get(0);
        List<LaneFence> forged = fences(connection).stream()
                .map(fence -> new LaneFence(fence.lane(), fence.epoch(), new java.util.UUID(1, 2)))
                .toList();

        Completions.Written written = Completions.flush(connection, NODE, forged, List.of(success(read)));

        assertThat(written.lanesPassed()).isEmpty();
        assertThat(written.versions()).isEmpty();
    }

    @Test
    @Tag("B1")
    void leavesARowThatSomebodyElseHasLockedForTheNextFlush() throws Exception {
        insert(connection, task("t"));
        insert(connection, task("t"));
        List<DueTask> read = due(connection);
        List<Completion> batch =
                read.stream().map(each -> StoreFixture.success(each).asAny()).toList();
        try (Connection foreign = store.connect()) {
            foreign.setAutoCommit(false);
            try (Statement statement = foreign.createStatement()) {
                statement.execute(
                        "SELECT FROM leasehold.task WHERE id = " + read.get(0).id() + " FOR UPDATE");
            }

            Completions.Written first = Completions.flush(connection, NODE, fences(connection), batch);
            foreign.rollback();
            Completions.Written second = Completions.flush(connection, NODE, fences(connection), batch);

            assertThat(first.versions()).containsOnlyKeys(read.get(1).id());
            assertThat(second.versions()).containsOnlyKeys(read.get(0).id());
        }
    }

    @Test
    void commitsEffectAndCompletionTogether() throws Exception {
        insert(connection, task("t"));
        DueTask read = due(connection).get(0);
        LaneFence fence = fences(connection).stream()
                .filter(f -> f.lane() == read.lane())
                .findFirst()
                .orElseThrow();
        connection.setAutoCommit(false);
        Completions.mark(connection, "1.1");

        Completions.Written written = Completions.inTransaction(connection, NODE, fence, success(read), "1.1");
        connection.commit();

        assertThat(written.versions()).containsOnlyKeys(read.id());
        assertThat(Stats.read(connection).all().executed()).isEqualTo(1);
    }

    @Test
    @Tag("A5")
    void writesNothingWhenTheHandlerEndedTheTransaction() throws Exception {
        insert(connection, task("t"));
        DueTask read = due(connection).get(0);
        LaneFence fence = fences(connection).stream()
                .filter(f -> f.lane() == read.lane())
                .findFirst()
                .orElseThrow();
        connection.setAutoCommit(false);
        Completions.mark(connection, "1.1");
        try (Statement statement = connection.createStatement()) {
            statement.execute("COMMIT");
        }

        Completions.Written written = Completions.inTransaction(connection, NODE, fence, success(read), "1.1");

        assertThat(written.versions()).isEmpty();
        assertThat(Completions.marked(connection, "1.1")).isFalse();
    }
}
