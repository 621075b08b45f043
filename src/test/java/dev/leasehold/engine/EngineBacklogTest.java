package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.engine.TestHandlers.Gate;
import dev.leasehold.engine.TestHandlers.Text;
import dev.leasehold.store.Queues;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.task.TaskType;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tasks behind backlogs of what may not start: a type without slots, a queue that stands still. */
class EngineBacklogTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    /** More than a read walks over, of each kind, and a task of a type that has slots behind them. */
    private static final String FILL = """
            INSERT INTO leasehold.task (id, lane, due_at, type, queue, payload)
            SELECT i, i % 32, now() - interval '1 hour' + i * interval '1 ms', CASE WHEN i % 2 = 0 THEN 'single' ELSE 'echo' END,
                   CASE WHEN i % 2 = 0 THEN 'default' ELSE 'asleep' END, '{"text": "x"}'
            FROM (SELECT nextval('leasehold.task_id') AS i FROM generate_series(1, 60000)) AS n
            """;

    private static final String BEHIND = """
            INSERT INTO leasehold.task (id, lane, due_at, type, payload)
            SELECT i, i % 32, now() - interval '1 minute', 'echo', '{"text": "behind"}'
            FROM (SELECT nextval('leasehold.task_id') AS i FROM generate_series(1, 64)) AS n
            """;

    @Test
    void startsWhatLiesBehindBacklogsThatMayNotStartAndWhatIsEnqueuedMeanwhile() throws Exception {
        Gate single = new Gate(TaskType.of("single", Text.class).concurrency(1));
        EngineFixture first = EngineFixture.start("", List.of());
        first.awaitReady();
        first.read(connection -> Queues.pause(connection, "asleep", "a person", null));
        first.execute(FILL);
        first.execute(BEHIND);
        first.stop();

        // Long intervals: nothing is found by looking again.
        try (EngineFixture node = EngineFixture.on(
                first.database(),
                "leasehold.engine.check-cycle { idle-min = 30s, idle-max = 30s, slow-round = 1h }",
                List.of(TestHandlers.echo(), single))) {
            node.awaitReady();
            single.awaitInside();
            await().atMost(LONG)
                    .untilAsserted(
                            () -> assertThat(node.count("SELECT count(*) FROM leasehold.run WHERE type = 'echo'"))
                                    .isEqualTo(64));
            long next = node.create(TaskSpec.of("echo", new Text("new")));
            await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(next)).hasSize(1));
            assertThat(node.count("SELECT count(*) FROM leasehold.task WHERE queue = 'asleep'"))
                    .isEqualTo(30_000);
            single.letGo(Outcome.success());
            single.awaitInside();
            single.letGo(Outcome.success());
        }
    }
}
