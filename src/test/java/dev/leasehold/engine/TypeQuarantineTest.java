package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.engine.TestHandlers.Nothing;
import dev.leasehold.store.Alerts;
import dev.leasehold.store.Events;
import dev.leasehold.store.TypeRests;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.task.TaskType;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A type that leaks and leaks, until somebody mends it. */
class TypeQuarantineTest {

    private static final int TASKS = 40;

    private final AtomicBoolean mended = new AtomicBoolean();
    private final AtomicInteger started = new AtomicInteger();

    private TaskHandler<Nothing> leaky() {
        return TestHandlers.of(TaskType.of("leaky", Nothing.class).concurrency(1), (nothing, context) -> {
            started.incrementAndGet();
            return context.withConnection(TaskContext.USERDATA, Duration.ofMillis(250), connection -> {
                if (!mended.get()) {
                    new CountDownLatch(1).await();
                }
                return Outcome.success();
            });
        });
    }

    private static List<String> alerts(EngineFixture engine) throws SQLException {
        try (Connection connection = engine.database().connect()) {
            return Alerts.list(connection, null, true, 100).stream()
                    .filter(row -> row.alert().source().startsWith("type/"))
                    .map(row -> row.alert().source() + " " + row.alert().name() + ": "
                            + row.alert().message())
                    .toList();
        }
    }

    private static int events(EngineFixture engine, String type) throws SQLException {
        try (Connection connection = engine.database().connect()) {
            return Events.list(connection, new Events.Filter(type, null, null, 0, 10))
                    .size();
        }
    }

    @Test
    @Tag("H17")
    void restsIsProbedAndRunsAgainOnceItKeepsToItsLeases() throws Exception {
        try (EngineFixture engine =
                EngineFixture.start("""
                leasehold.engine.failures.lease-restarts = 0
                leasehold.engine.leaking-types { runs = 3, within = 1m, rest = 1s }
                """, List.of(leaky(), TestHandlers.echo())).awaitReady()) {
            engine.engine()
                    .create(IntStream.range(0, TASKS)
                            .mapToObj(no -> TaskSpec.of("leaky", new Nothing()).key("leaky-" + no))
                            .toList())
                    .toCompletableFuture()
                    .join();

            await().until(() -> alerts(engine)
                    .equals(List.of(
                            "type/leaky type_resting: 3 runs of type leaky within PT1M failed because their leases"
                                    + " were taken back: the type rests for PT1S")));
            assertThat(started.get()).as("each run counts once").isGreaterThanOrEqualTo(3);
            // One more is tried after each rest, and leaks as well, until somebody mends it.
            await().until(() -> events(engine, "type_resting") >= 2);
            assertThat(started.get()).isLessThan(TASKS);
            mended.set(true);

            await().until(() -> alerts(engine).isEmpty() && events(engine, "type_released") >= 1);
            await().until(() ->
                    started.get() == TASKS && engine.engine().status().running() == 0);
        }
    }

    private static double slots(EngineFixture engine) {
        return engine.registry()
                .get("leasehold_type_slots")
                .tag("type", "leaky")
                .gauge()
                .value();
    }

    @Test
    @Tag("H17")
    void restsOnEveryNodeAndAfterARestartUntilSomebodyReleasesIt() throws Exception {
        String settings = """
                leasehold.engine.failures.lease-restarts = 0
                leasehold.engine.leaking-types { runs = 3, within = 1m, rest = 1h }
                """;
        List<TaskHandler<?>> handlers = List.of(leaky());
        EngineFixture first = EngineFixture.start(settings, handlers).awaitReady();
        try (EngineFixture second = EngineFixture.on(first.database(), settings, handlers)) {
            assertThat(slots(second)).isEqualTo(1);
            first.engine()
                    .create(IntStream.range(0, TASKS)
                            .mapToObj(no -> TaskSpec.of("leaky", new Nothing()).key("leaky-" + no))
                            .toList())
                    .toCompletableFuture()
                    .join();

            await().until(() -> slots(first) == 0 && slots(second) == 0);
            await().until(() -> first.engine().status().running() == 0);
            first.stop();
        }
        int before = started.get();
        mended.set(true);
        try (EngineFixture third =
                EngineFixture.on(first.database(), settings, handlers).awaitReady()) {
            await().until(() -> slots(third) == 0);
            long echo = third.count("SELECT count(*) FROM leasehold.task WHERE state = 'active'");
            assertThat(echo).isEqualTo(TASKS - before);
            assertThat(started.get()).isEqualTo(before);

            try (Connection connection = first.database().connect()) {
                assertThat(TypeRests.release(connection, "leaky", "api", "mended"))
                        .isTrue();
                assertThat(TypeRests.release(connection, "leaky", "api", "mended"))
                        .isFalse();
            }

            await().until(() -> started.get() == TASKS && slots(third) == 1);
            assertThat(alerts(third)).isEmpty();
        }
    }
}
