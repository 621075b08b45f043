package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.engine.TestHandlers.Text;
import dev.leasehold.store.TenantWeights;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.task.TaskType;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How tenants share the slots, on a real engine. */
@Tag("long")
class EngineTenantsTest {

    private static final Duration LONG = Duration.ofSeconds(60);

    /** Notes whose runs start, in order; each leaves with one permit. */
    private static final class Narrow implements TaskHandler<Text> {
        private final List<String> started = new CopyOnWriteArrayList<>();
        private final Semaphore leave = new Semaphore(0);

        @Override
        public TaskType<Text> type() {
            return TaskType.of("narrow", Text.class).concurrency(2);
        }

        @Override
        public Outcome run(Text payload, TaskContext context) throws Exception {
            started.add(payload.text());
            leave.acquire();
            return Outcome.success();
        }

        long of(String tenant) {
            return started.stream().filter(tenant::equals).count();
        }
    }

    private static List<TaskSpec> tasks(String tenant, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> TaskSpec.of("narrow", new Text(tenant)).tenant(tenant))
                .toList();
    }

    @Test
    void startsAFewTasksOfOneTenantBeforeTheBacklogOfAnotherIsWorkedOffAndSharesByWeight() {
        Narrow narrow = new Narrow();
        // With another type, whose tasks the cursors go on for.
        EngineFixture node = EngineFixture.start("", List.of(narrow, TestHandlers.echo()));
        node.read(connection -> TenantWeights.set(connection, "partner", 3, "a person"));
        // Far more than waits in memory, and all of it due before what the others bring.
        node.execute("""
                INSERT INTO leasehold.task (id, lane, priority, due_at, tenant, type, payload)
                SELECT i, i % 32, 2, now() - interval '1 hour', 'hog', 'narrow', '{"text": "hog"}'
                FROM (SELECT nextval('leasehold.task_id') AS i FROM generate_series(1, 20000)) AS s
                """);
        node.execute("""
                INSERT INTO leasehold.task (id, lane, priority, due_at, tenant, type, payload)
                SELECT i, i % 32, 2, now() - interval '10 minutes', 'behind', 'narrow', '{"text": "behind"}'
                FROM (SELECT nextval('leasehold.task_id') AS i FROM generate_series(1, 3)) AS s
                """);
        node.awaitReady();
        await().atMost(LONG).until(() -> narrow.started.size() == 2);

        node.create(tasks("partner", 200));

        await().atMost(LONG).until(() -> {
            narrow.leave.release();
            return narrow.of("behind") == 3 && narrow.of("partner") > 0;
        });
        assertThat(narrow.of("hog")).as("of a backlog of 20,000").isLessThan(10_000);

        int from = narrow.started.size();
        await().atMost(LONG).until(() -> {
            narrow.leave.release();
            return narrow.started.size() >= from + 40;
        });
        List<String> then = narrow.started.subList(from, from + 40);
        assertThat(then.stream().filter("partner"::equals).count())
                .as("3 of 4, less what waits in the table for a moment, where equal shares were 20: %s", then)
                .isBetween(24L, 33L);
        narrow.leave.release(100_000);
        node.close();
    }
}
