package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.engine.TestHandlers.Gate;
import dev.leasehold.engine.TestHandlers.Nothing;
import dev.leasehold.engine.TestHandlers.Text;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.LiveLease;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.PoolStatus;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.task.TaskType;
import io.micrometer.core.instrument.Counter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a load does to the pools: how many connections it opens, what is left for the engine itself, who waits in vain. */
class EngineLoadTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String PATIENT = "leasehold.pool { leak-outside = 5m, linger = 10m }";

    private static TaskHandler<Nothing> holding(String type, String pool, CountDownLatch until) {
        return TestHandlers.of(
                TaskType.of(type, Nothing.class).concurrency(10),
                (payload, context) -> context.withConnection(pool, Duration.ofMinutes(2), connection -> {
                    connection.createStatement().execute("SELECT 1");
                    until.await();
                    return Outcome.success();
                }));
    }

    private static double count(EngineFixture node, String name) {
        return node.registry().find(name).counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    private static PoolStatus status(EngineFixture node, PoolName pool) {
        return EngineFixture.get(node.pools().status(pool).toCompletableFuture());
    }

    private static List<LiveLease> leases(EngineFixture node, PoolName pool) {
        return EngineFixture.get(node.pools().liveLeases(pool).toCompletableFuture());
    }

    @Test
    @Tag("row63")
    void keepsTheControlPathOpenWhileEveryTypeHoldsWhatItCanGet() {
        CountDownLatch until = new CountDownLatch(1);
        List<TaskHandler<?>> handlers = List.of(
                holding("platform-a", TaskContext.PLATFORM, until),
                holding("platform-b", TaskContext.PLATFORM, until),
                holding("userdata-a", TaskContext.USERDATA, until),
                holding("userdata-b", TaskContext.USERDATA, until),
                TestHandlers.echo());
        try (EngineFixture node = EngineFixture.start(PATIENT, handlers).awaitReady()) {
            List<TaskSpec> specs = new ArrayList<>();
            for (TaskHandler<?> each : handlers.subList(0, 4)) {
                specs.addAll(Collections.nCopies(10, TaskSpec.of(each.type().name(), new Nothing())));
            }
            node.create(specs);
            await().atMost(LONG).until(() -> status(node, PoolName.USERDATA).checkedOut() == 15);
            await().atMost(LONG).until(() -> tasks(node) == 13);

            // On a connection of its own: nothing that waits behind tasks may be needed for what follows.
            node.execute("SELECT leasehold.enqueue('echo', '{\"text\":\"beside\"}')");

            await().atMost(LONG)
                    .until(() -> node.count("SELECT count(*) FROM leasehold.run WHERE type = 'echo' AND final") == 1);
            assertThat(tasks(node)).as("all but the reserved ones").isEqualTo(13);
            assertThat(status(node, PoolName.PLATFORM).checkedOut()).isLessThanOrEqualTo(15);
            until.countDown();
            await().atMost(LONG).until(() -> node.count("SELECT count(*) FROM leasehold.task") == 0);
            assertThat(node.count("SELECT count(*) FROM leasehold.run WHERE outcome = 'success'"))
                    .isEqualTo(41);
            assertThat(count(node, "leasehold_leases_denied")).isZero();
            for (PoolName pool : PoolName.values()) {
                assertThat(status(node, pool).created()).isLessThanOrEqualTo(15);
            }
        }
    }

    private static long tasks(EngineFixture node) {
        return leases(node, PoolName.PLATFORM).stream()
                .filter(lease -> lease.leaseClass() == LeaseClass.TASK)
                .count();
    }

    @Test
    @Tag("long")
    @Tag("row25")
    @Tag("row50")
    void opensNoMoreConnectionsThanThePoolsHoldAndLetsNobodyWaitInVain() {
        List<TaskHandler<?>> handlers = List.of(
                query("query-a", TaskContext.USERDATA),
                query("query-b", TaskContext.USERDATA),
                query("query-c", TaskContext.PLATFORM));
        try (EngineFixture node = EngineFixture.start(PATIENT, handlers).awaitReady()) {
            List<TaskSpec> specs = new ArrayList<>();
            for (int i = 0; i < 1_500; i++) {
                specs.add(TaskSpec.of(handlers.get(i % 3).type().name(), new Nothing()));
            }
            node.create(specs);

            await().atMost(LONG).until(() -> node.count("SELECT count(*) FROM leasehold.task") == 0);

            assertThat(node.count("SELECT count(*) FROM leasehold.run WHERE outcome = 'success'"))
                    .isEqualTo(1_500);
            for (PoolName pool : PoolName.values()) {
                PoolStatus status = status(node, pool);
                assertThat(status.created())
                        .as("connections opened by %s", pool)
                        .isBetween(1L, status.max() + status.recycled());
                assertThat(status.timeouts()).as("waited in vain for %s", pool).isZero();
            }
            assertThat(count(node, "leasehold_leases_denied")).isZero();
            assertThat(count(node, "leasehold_leases_granted")).isGreaterThan(1_500);
        }
    }

    private static TaskHandler<Nothing> query(String type, String pool) {
        return TestHandlers.of(
                TaskType.of(type, Nothing.class).concurrency(10),
                (payload, context) -> context.withConnection(pool, Duration.ofSeconds(30), connection -> {
                    connection.createStatement().execute("SELECT 1");
                    return Outcome.success();
                }));
    }

    @Test
    @Tag("row61")
    void borrowsOneConnectionAtATimeForAnIdleCycleAndNoneWhileTasksExecute() throws Exception {
        Gate gate = new Gate("gate");
        try (EngineFixture node = EngineFixture.start(
                        "leasehold.engine.check-cycle { idle-min = 100ms, idle-max = 100ms }", List.of(gate))
                .awaitReady()) {
            Set<Instant> reads = new HashSet<>();
            AtomicLong most = new AtomicLong();
            await().atMost(LONG).pollInterval(Duration.ofMillis(2)).until(() -> {
                long now = leases(node, PoolName.PLATFORM).stream()
                        .filter(lease -> "check-cycle".equals(lease.holder().actor()))
                        .count();
                most.accumulateAndGet(now, Math::max);
                reads.add(Objects.requireNonNullElse(node.engine().status().lastReadAt(), Instant.EPOCH));
                return reads.size() > 10;
            });
            assertThat(most).as("leases of idle cycles at once").hasValueLessThanOrEqualTo(1);

            node.create(TaskSpec.of("gate", new Text("at work")));
            gate.awaitInside();
            await().atMost(LONG)
                    .until(() -> leases(node, PoolName.PLATFORM).isEmpty()
                            && leases(node, PoolName.USERDATA).isEmpty());
            assertThat(node.engine().running(10)).as("the task executes").hasSize(1);
            gate.letGo(Outcome.success());
        }
    }
}
