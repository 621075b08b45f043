package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.engine.TestHandlers.Nothing;
import dev.leasehold.store.Stats;
import dev.leasehold.store.Tasks;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.RetryPolicy;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.task.TaskType;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How fast tasks that do nothing go the whole way; prints figures, and holds what must be true at any speed. */
@Tag("long")
class EngineDrainTest {

    private static final int TASKS = Integer.getInteger("leasehold.test.drain", 50_000);

    @Test
    void drainsManyTasksEachOnceAndCountsThemAll() throws Exception {
        AtomicInteger left = new AtomicInteger();
        TaskType<Nothing> type =
                TaskType.of("no-op", Nothing.class).concurrency(4096).retry(RetryPolicy.none());
        try (EngineFixture node = EngineFixture.start("", List.of(TestHandlers.of(type, (payload, context) -> {
                    left.decrementAndGet();
                    return Outcome.success();
                })))
                .awaitReady()) {
            for (int round = 0; round < 4; round++) {
                left.set(TASKS);
                node.execute("INSERT INTO leasehold.task (id, lane, due_at, type)"
                        + " SELECT id, leasehold.lane_of(id, NULL, 32), now() - interval '1 minute', 'no-op'"
                        + " FROM (SELECT nextval('leasehold.task_id') AS id FROM generate_series(1, " + TASKS
                        + ")) AS t");
                node.execute("VACUUM ANALYZE leasehold.task");
                long cpu = cpuNanos();
                long start = System.nanoTime();
                Instant due = Instant.now().minus(Duration.ofHours(1));
                node.engine()
                        .created(IntStream.range(0, 32)
                                .mapToObj(lane -> new Tasks.Created(0, true, lane, 2, due))
                                .toList());
                await().atMost(Duration.ofMinutes(5))
                        .pollInterval(Duration.ofMillis(200))
                        .until(() -> node.count("SELECT count(*) FROM leasehold.task") == 0);
                assertThat(left).hasValue(0);
                double seconds = (System.nanoTime() - start) / 1e9;
                System.out.printf(
                        "drain %.0f tasks/s, %.1f us JVM CPU a task%n",
                        TASKS / seconds, (cpuNanos() - cpu) / 1e3 / TASKS);
            }
            long all = 4L * TASKS;
            assertThat(node.count("SELECT count(*) FROM leasehold.run WHERE outcome = 'success'"))
                    .isEqualTo(all);
            assertThat(node.<Stats.Totals>read(Stats::read).all().executed()).isEqualTo(all);
            assertThat(node.engine().session().executed()).isEqualTo(all);
        }
    }

    @Test
    void picksUpASingleTaskQuickly() throws Exception {
        SynchronousQueue<Long> started = new SynchronousQueue<>();
        try (EngineFixture node = EngineFixture.start(
                        "", List.of(TestHandlers.of("no-op", Nothing.class, (payload, context) -> {
                            started.put(System.nanoTime());
                            return Outcome.success();
                        })))
                .awaitReady()) {
            long[] nanos = new long[400];
            for (int i = 0; i < nanos.length; i++) {
                node.create(TaskSpec.of("no-op", new Nothing()));
                long returned = System.nanoTime();
                nanos[i] = started.take() - returned;
            }
            long[] warm = Arrays.copyOfRange(nanos, 100, nanos.length);
            Arrays.sort(warm);
            System.out.printf(
                    "pickup p50 %.2f ms, p99 %.2f ms%n",
                    warm[warm.length / 2] / 1e6, warm[warm.length * 99 / 100] / 1e6);
            assertThat(warm[warm.length / 2]).isLessThan(TimeUnit.SECONDS.toNanos(1));
        }
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }
}
