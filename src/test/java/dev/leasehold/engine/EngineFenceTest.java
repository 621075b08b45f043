package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.engine.TestHandlers.Gate;
import dev.leasehold.engine.TestHandlers.Nothing;
import dev.leasehold.engine.TestHandlers.Text;
import dev.leasehold.engine.plan.Ending;
import dev.leasehold.engine.plan.FailureRules;
import dev.leasehold.engine.plan.Planner;
import dev.leasehold.lease.AmbiguousCommitException;
import dev.leasehold.schedule.Schedule;
import dev.leasehold.store.Completion;
import dev.leasehold.store.Completions;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.DueTasks;
import dev.leasehold.store.LaneFence;
import dev.leasehold.store.Nodes;
import dev.leasehold.store.Runs;
import dev.leasehold.store.TaskChanges;
import dev.leasehold.store.TaskRow;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.RetryPolicy;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskSpec;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What happens to results when somebody else acts on the task or the lane meanwhile. */
class EngineFenceTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final AtomicInteger ROBBED = new AtomicInteger();

    private static final Gate GATE = new Gate("gate");

    @SuppressWarnings("NullAway.Init")
    private static EngineFixture node;

    @BeforeAll
    static void start() {
        List<TaskHandler<?>> handlers = new ArrayList<>(TestHandlers.plain());
        handlers.add(GATE);
        handlers.add(TestHandlers.of("effect", Text.class, EngineFenceTest::effect));
        handlers.add(TestHandlers.of(
                "commit",
                Nothing.class,
                (payload, context) -> context.transaction(connection -> {
                    connection.createStatement().execute("COMMIT");
                    return Outcome.success();
                })));
        handlers.add(TestHandlers.of("unsure", Text.class, EngineFenceTest::unsure));
        node = EngineFixture.start("", handlers).awaitReady();
        node.execute("CREATE TABLE effect (task bigint, attempt int)");
    }

    @AfterAll
    static void stop() {
        node.stop();
    }

    /** Writes a row together with its completion; at the first attempt of a "robbed" one the lane is taken in between. */
    private static Outcome effect(Text payload, TaskContext context) throws Exception {
        return context.transaction(connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute("INSERT INTO effect VALUES (" + context.taskId() + ", " + context.attempt() + ")");
            }
            if (payload.text().equals("robbed") && ROBBED.incrementAndGet() == 1) {
                node.execute("UPDATE leasehold.lane SET owner = 'somebody-else', epoch = epoch + 1,"
                        + " token = gen_random_uuid() WHERE no = "
                        + context.fence().lane());
            }
            return Outcome.success();
        });
    }

    /** The first attempt ends as when the answer to COMMIT is lost: with "kept" it had taken effect, else it had not. */
    private static Outcome unsure(Text payload, TaskContext context) {
        if (context.attempt() > 1) {
            return Outcome.success(Map.of("attempt", context.attempt()));
        }
        long id = context.taskId().value();
        if (payload.text().equals("kept")) {
            node.read(connection -> {
                List<LaneFence> fences = Nodes.beat(connection, node.incarnation());
                Instant now = Instant.now();
                Ending ending = new Ending(Outcome.success(Map.of("attempt", 1)), now, now, List.of(), List.of(), 0);
                DueTask task = due(connection, fences, id);
                Completion completion = new Planner(FailureRules.DEFAULT)
                        .plan(task, RetryPolicy.none(), ending, FailureRules.History.NONE);
                return Completions.flush(connection, node.incarnation(), fences, List.of(completion));
            });
        }
        throw new AmbiguousCommitException("the answer was lost", new SQLException("connection lost", "08006"));
    }

    @Test
    @Tag("H14")
    void recordsARunOnceWhoseCommitTookEffectAlthoughItsAnswerWasLost() {
        long id = node.create(TaskSpec.of("unsure", new Text("kept")));

        await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(id)).isNotEmpty());
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(node.engine().running(id)).isEmpty());
        assertThat(node.runs(id)).singleElement().satisfies(run -> {
            assertThat(run.outcome()).isEqualTo("success");
            assertThat(run.result()).isEqualTo("{\"attempt\": 1}");
        });
        assertThat(node.task(id)).isEmpty();
    }

    @Test
    @Tag("H14")
    void attemptsARunAgainWhoseCommitDidNotTakeEffect() {
        long id = node.create(TaskSpec.of("unsure", new Text("lost")));

        await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(id)).hasSize(2));
        assertThat(node.runs(id)).extracting(Runs.Row::outcome).containsExactly("failed", "success");
        assertThat(node.runs(id)).extracting(Runs.Row::reason).containsExactly("network", null);
    }

    @Test
    void commitsEffectAndCompletionTogether() {
        long id = node.create(TaskSpec.of("effect", new Text("plain")));

        await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(id)).hasSize(1));
        assertThat(effects(id)).isEqualTo(1);
        assertThat(node.task(id)).isEmpty();
    }

    @Test
    @Tag("A2")
    void commitsNothingWhenTheLaneWasTakenMeanwhileAndRunsAgainUnderTheNextOwnership() {
        long id = node.create(TaskSpec.of("effect", new Text("robbed")));

        await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(id)).hasSize(1));
        assertThat(ROBBED).hasValue(2);
        assertThat(effects(id)).isEqualTo(1);
        assertThat(node.runs(id).get(0).attempt()).isEqualTo(1);
    }

    @Test
    @Tag("A5")
    void failsARunThatEndsTheTransactionItself() {
        long id = node.create(TaskSpec.of("commit", new Nothing()));

        await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(id)).isNotEmpty());
        Runs.Row run = node.runs(id).get(0);
        assertThat(run.outcome()).isEqualTo("failed");
        assertThat(run.reason()).isEqualTo("config");
    }

    @Test
    void cancelsARunUnderWay() throws Exception {
        long id = node.create(TaskSpec.of("gate", new Text("cancel")));
        GATE.awaitInside();

        TaskRow cancelled =
                node.read(connection -> TaskChanges.cancel(connection, id)).orElseThrow();
        node.engine().changed(cancelled);

        await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(id)).hasSize(1));
        assertThat(node.runs(id).get(0).outcome()).isEqualTo("cancelled");
        assertThat(node.task(id).orElseThrow().state()).isEqualTo("cancelled");
    }

    @Test
    @Tag("A7")
    void hearsOfACancellationWhoseMessageWasLostFromTheLedger() throws Exception {
        long id = node.create(TaskSpec.of("gate", new Text("lost message")));
        GATE.awaitInside();

        node.read(connection -> TaskChanges.cancel(connection, id));

        await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(id)).hasSize(1));
        assertThat(node.runs(id).get(0).outcome()).isEqualTo("cancelled");
        assertThat(node.count("SELECT count(*) FROM leasehold.running WHERE task_id = " + id))
                .isZero();
    }

    @Test
    @Tag("A7")
    void leavesAPausedTaskPausedAndRecordsItsRun() throws Exception {
        long id =
                node.create(TaskSpec.of("gate", new Text("pause")).schedule(Schedule.fixedDelay(Duration.ofHours(1))));
        GATE.awaitInside();
        Instant due = node.task(id).orElseThrow().dueAt();

        node.read(connection -> TaskChanges.pause(connection, id));
        GATE.letGo(Outcome.success());

        await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(id)).hasSize(1));
        assertThat(node.runs(id).get(0).outcome()).isEqualTo("success");
        assertThat(node.task(id).orElseThrow().state()).isEqualTo("paused");
        assertThat(node.task(id).orElseThrow().dueAt()).isAfter(due);
    }

    @Test
    @Tag("A7")
    void countsTheNextDueTimeFromTheScheduleAsItIsAtTheEnd() throws Exception {
        long id =
                node.create(TaskSpec.of("gate", new Text("patch")).schedule(Schedule.fixedDelay(Duration.ofHours(1))));
        GATE.awaitInside();

        node.execute("UPDATE leasehold.task SET version = version + 1,"
                + " schedule = '{\"kind\":\"every\",\"interval\":\"PT48H\"}' WHERE id = " + id);
        GATE.letGo(Outcome.success());

        await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(id)).hasSize(1));
        assertThat(node.task(id).orElseThrow().dueAt()).isAfter(Instant.now().plus(Duration.ofHours(47)));
    }

    @Test
    @Tag("B1")
    void holdsUpOnlyTheResultWhoseRowSomebodyElseHasLocked() throws Exception {
        long locked = node.create(TaskSpec.of("gate", new Text("locked")));
        GATE.awaitInside();
        try (Connection other = node.database().connect()) {
            other.setAutoCommit(false);
            other.createStatement().execute("SELECT FROM leasehold.task WHERE id = " + locked + " FOR UPDATE");
            GATE.letGo(Outcome.success());
            long beside = node.create(TaskSpec.of("echo", new Text("beside")));

            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(node.runs(beside)).hasSize(1));
            assertThat(node.runs(locked)).isEmpty();

            other.rollback();
        }
        await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(locked)).hasSize(1));
    }

    @Test
    @Tag("B3")
    void writesTheResultsOfOtherLanesWhenOneIsFenced() throws Exception {
        long fenced = node.create(TaskSpec.of("gate", new Text("fenced")));
        int lane = GATE.awaitInside().fence().lane();
        List<TaskSpec> many = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            many.add(TaskSpec.of("echo", new Text("n" + i)));
        }

        node.execute("UPDATE leasehold.lane SET owner = 'somebody-else', epoch = epoch + 1,"
                + " token = gen_random_uuid() WHERE no = " + lane);
        GATE.letGo(Outcome.success());
        node.create(many)
                .forEach(each -> await().atMost(LONG)
                        .untilAsserted(() -> assertThat(node.runs(each.id())).hasSize(1)));

        // Whether its result was refused or never offered: it runs again under the next ownership.
        GATE.awaitInside();
        GATE.letGo(Outcome.success());
        await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(fenced)).hasSize(1));
    }

    private static DueTask due(Connection connection, List<LaneFence> fences, long id) throws SQLException {
        return DueTasks.byIds(connection, node.incarnation(), fences, List.of(id), List.of("unsure"), List.of())
                .get(0);
    }

    private static long effects(long id) {
        return node.count("SELECT count(*) FROM effect WHERE task = " + id);
    }
}
