package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.leasehold.engine.TestHandlers.Gate;
import dev.leasehold.engine.TestHandlers.Nothing;
import dev.leasehold.engine.TestHandlers.Text;
import dev.leasehold.engine.TestHandlers.Times;
import dev.leasehold.store.Batches;
import dev.leasehold.store.TaskChanges;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskId;
import dev.leasehold.task.TaskSpec;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tasks that run after others: chains, fan-out, join, batches, and needs that will never be met. */
class EngineDependenciesTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    private static final Gate GATE = new Gate("gate");

    @SuppressWarnings("NullAway.Init")
    private static EngineFixture node;

    @BeforeAll
    static void start() {
        node = EngineFixture.start(
                        "",
                        List.of(
                                TestHandlers.echo(),
                                TestHandlers.fail(),
                                GATE,
                                TestHandlers.of(
                                        "together",
                                        Nothing.class,
                                        (payload, context) -> context.transaction(connection -> Outcome.success())),
                                TestHandlers.of(
                                        "skip", Nothing.class, (payload, context) -> Outcome.skipped("nothing to do"))))
                .awaitReady();
    }

    @AfterAll
    static void stop() {
        node.stop();
    }

    private static TaskSpec echo() {
        return TaskSpec.of("echo", new Text("after"));
    }

    private static TaskId id(long task) {
        return new TaskId(task);
    }

    private static String state(long task) {
        return node.task(task).orElseThrow().state();
    }

    private static void awaitRun(long task) {
        await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(task)).hasSize(1));
    }

    private static void assertNoTraces(long task) {
        assertThat(node.count("SELECT count(*) FROM leasehold.dependency WHERE task_id = " + task))
                .isZero();
    }

    @Test
    void joinsWhenTheLastOfItsNeedsHasSucceeded() throws Exception {
        long first = node.create(TaskSpec.of("gate", new Text("1")));
        GATE.awaitInside();
        long second = node.create(TaskSpec.of("together", new Nothing()));
        long third = node.create(TaskSpec.of("skip", new Nothing()));
        long join = node.create(echo().after(id(first), id(second), id(third)));
        awaitRun(second);
        awaitRun(third);
        assertThat(state(join)).isEqualTo("blocked");

        GATE.letGo(Outcome.success());

        awaitRun(join);
        assertThat(node.runs(join).get(0).startedAt())
                .isAfterOrEqualTo(node.runs(first).get(0).finishedAt());
        assertNoTraces(join);
    }

    @Test
    void fansOutToManyAfterOneOutsideItsCompletion() throws Exception {
        long one = node.create(TaskSpec.of("gate", new Text("1")));
        GATE.awaitInside();
        List<Long> many = node
                .create(IntStream.range(0, 5_000)
                        .mapToObj(i -> echo().after(id(one)))
                        .toList())
                .stream()
                .map(created -> created.id())
                .toList();
        GATE.letGo(Outcome.success());

        await().atMost(LONG)
                .untilAsserted(() -> assertThat(node.count("SELECT count(*) FROM leasehold.run WHERE task_id BETWEEN "
                                + many.get(0) + " AND " + many.get(4_999)))
                        .isEqualTo(5_000));
        assertThat(node.count("SELECT count(*) FROM leasehold.task_end WHERE task_id = " + one))
                .isZero();
    }

    @Test
    void runsAtOnceAfterWhatHasSucceededBefore() {
        long before = node.create(echo());
        awaitRun(before);

        long after = node.create(echo().after(id(before)));

        awaitRun(after);
    }

    @Test
    void waitsThroughFailuresUntilAPersonHasSetItsNeedGoing() {
        long need = node.create(TaskSpec.of("fail", new Times(3)));
        long after = node.create(echo().after(id(need)));
        await().atMost(LONG).untilAsserted(() -> assertThat(state(need)).isEqualTo("needs_intervention"));
        assertThat(state(after)).isEqualTo("blocked");

        node.execute("UPDATE leasehold.task SET payload = '{\"times\": 0}' WHERE id = " + need);
        node.read(connection -> TaskChanges.resume(connection, need)).ifPresent(node.engine()::changed);

        awaitRun(after);
    }

    @Test
    void asksForAPersonWhenANeedIsCancelled() throws Exception {
        long need = node.create(TaskSpec.of("gate", new Text("never")).dueAt(Instant.parse("2100-01-01T00:00:00Z")));
        long after = node.create(echo().after(id(need)));

        node.read(connection -> TaskChanges.cancel(connection, need));

        await().atMost(LONG).untilAsserted(() -> assertThat(state(after)).isEqualTo("needs_intervention"));
        assertNoTraces(after);
        assertThat(node.count("SELECT count(*) FROM leasehold.alert WHERE task_id = " + after))
                .isEqualTo(1);
        node.read(connection -> TaskChanges.runNow(connection, after)).ifPresent(node.engine()::changed);
        awaitRun(after);
    }

    @Test
    void forgetsWhatACancelledTaskWaitedFor() {
        long need = node.create(echo().dueAt(Instant.parse("2100-01-01T00:00:00Z")));
        long after = node.create(echo().after(id(need)));

        node.read(connection -> TaskChanges.cancel(connection, after));

        assertNoTraces(after);
    }

    @Test
    void refusesToWaitForWhatIsNotThere() {
        assertThatThrownBy(() -> node.create(echo().after(id(987_654_321))))
                .hasStackTraceContaining("task 987654321 is not there");
    }

    @Test
    void completesABatchWhenAllOfItHasSucceeded() throws Exception {
        Batches.Created batch = EngineFixture.get(node.engine()
                .createBatch(
                        List.of(echo(), TaskSpec.of("gate", new Text("batch")), echo()),
                        TaskSpec.of("echo", new Text("complete")))
                .toCompletableFuture());
        long completion = batch.completion().id();
        GATE.awaitInside();
        await().atMost(LONG).untilAsserted(() -> {
            Batches.Standing standing = node.read((Connection connection) -> Batches.get(connection, completion))
                    .orElseThrow();
            assertThat(standing.size()).isEqualTo(3);
            assertThat(standing.open()).isEqualTo(1);
        });

        GATE.letGo(Outcome.success());

        awaitRun(completion);
        assertThat(node.runs(completion).get(0).result()).contains("complete");
    }
}
