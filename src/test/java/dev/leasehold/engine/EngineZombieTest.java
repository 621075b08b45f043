package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.engine.TestHandlers.Nothing;
import dev.leasehold.engine.TestHandlers.Text;
import dev.leasehold.store.Runs;
import dev.leasehold.store.TaskChanges;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskSpec;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Handlers that do not leave when they are told to, or leave with excuses. */
class EngineZombieTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    @Test
    @Tag("A11")
    @Tag("H16")
    void startsNoFurtherAttemptWhileTheThreadOfTheOneBeforeIsInside() {
        CountDownLatch mayLeave = new CountDownLatch(1);
        AtomicInteger entered = new AtomicInteger();
        try (EngineFixture node = EngineFixture.start(
                        "leasehold.engine.zombie-grace = 300ms, leasehold.pool.leak-outside = 20s",
                        List.of(TestHandlers.echo(), TestHandlers.of("deaf", Nothing.class, (payload, context) -> {
                            if (entered.incrementAndGet() > 1) {
                                return Outcome.success();
                            }
                            return context.withConnection(TaskContext.USERDATA, Duration.ofMillis(300), connection -> {
                                connection.createStatement().execute("SELECT 1");
                                awaitDeaf(mayLeave);
                                return Outcome.success();
                            });
                        })))
                .awaitReady()) {
            long id = node.create(TaskSpec.of("deaf", new Nothing()));
            await().atMost(LONG).until(() -> node.engine().status().zombies() == 1);
            long other = node.create(TaskSpec.of("echo", new Text("meanwhile")));
            await().atMost(LONG).until(() -> node.runs(other).size() == 1);
            assertThat(entered).hasValue(1);

            mayLeave.countDown();

            await().atMost(LONG).until(() -> node.task(id).isEmpty());
            assertThat(node.runs(id)).extracting(Runs.Row::attempt).containsExactly(1, 2);
            assertThat(node.engine().status().zombies()).isZero();
        }
    }

    @Test
    @Tag("A11")
    void startsNoFurtherAttemptWhileTheThreadOfARunIsInsideWhoseActorHasFailed() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch mayLeave = new CountDownLatch(1);
        AtomicInteger entered = new AtomicInteger();
        try (EngineFixture node = EngineFixture.start(
                        "", List.of(TestHandlers.echo(), TestHandlers.of("deaf", Nothing.class, (payload, context) -> {
                            if (entered.incrementAndGet() == 1) {
                                inside.countDown();
                                awaitDeaf(mayLeave);
                            }
                            return Outcome.success();
                        })))
                .awaitReady()) {
            long id = node.create(TaskSpec.of("deaf", new Nothing()));
            inside.await();

            node.killRunsOf("deaf");

            await().atMost(LONG).until(() -> node.engine().status().zombies() == 1);
            await().atMost(LONG).until(() -> node.runs(id).size() == 1);
            long other = node.create(TaskSpec.of("echo", new Text("meanwhile")));
            await().atMost(LONG).until(() -> node.runs(other).size() == 1);
            assertThat(entered).hasValue(1);
            mayLeave.countDown();
            await().atMost(LONG).until(() -> node.task(id).isEmpty());
            assertThat(node.runs(id)).extracting(Runs.Row::outcome).containsExactly("failed", "success");
            assertThat(node.engine().status().zombies()).isZero();
        }
    }

    @Test
    void endsAsItWasToldToThoughItsLeaseIsTakenBackMeanwhile() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch mayLeave = new CountDownLatch(1);
        try (EngineFixture node = EngineFixture.start(
                        "leasehold.engine.zombie-grace = 1m, leasehold.pool.leak-outside = 1m",
                        List.of(TestHandlers.of(
                                "deaf",
                                Nothing.class,
                                (payload, context) -> context.withConnection(
                                        TaskContext.USERDATA, Duration.ofSeconds(3), connection -> {
                                            connection.createStatement().execute("SELECT 1");
                                            inside.countDown();
                                            awaitDeaf(mayLeave);
                                            return Outcome.failed(Reason.UNKNOWN, "told to end");
                                        }))))
                .awaitReady()) {
            long id = node.create(TaskSpec.of("deaf", new Nothing()));
            inside.await();
            node.engine()
                    .changed(node.read(connection -> TaskChanges.cancel(connection, id))
                            .orElseThrow());
            await().atMost(LONG)
                    .until(() -> node.count("SELECT count(*) FROM leasehold.revoked_lease WHERE task_id = '" + id + "'")
                            == 1);
            assertThat(node.runs(id)).as("its thread decides").isEmpty();

            mayLeave.countDown();

            await().atMost(LONG).until(() -> !node.runs(id).isEmpty());
            assertThat(node.runs(id)).extracting(Runs.Row::outcome).containsExactly("cancelled");
        }
    }

    private static void awaitDeaf(CountDownLatch latch) {
        boolean waits = true;
        while (waits) {
            try {
                latch.await();
                waits = false;
            } catch (InterruptedException e) {
                // It does not listen: that is what is tested.
            }
        }
    }

    @Test
    void leavesATaskDueWhoseHandlerFailsBecauseTheNodeStops() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        try (EngineFixture node = EngineFixture.start(
                        "", List.of(TestHandlers.of("excuse", Nothing.class, (payload, context) -> {
                            inside.countDown();
                            try {
                                new CountDownLatch(1).await();
                            } catch (InterruptedException e) {
                                return Outcome.failed(Reason.NETWORK, "interrupted")
                                        .permanent();
                            }
                            return Outcome.success();
                        })))
                .awaitReady()) {
            long id = node.create(TaskSpec.of("excuse", new Nothing()));
            inside.await();
            EngineFixture.get(node.engine().drain(Duration.ofMillis(100)).toCompletableFuture());
            EngineFixture.get(node.engine().stop().toCompletableFuture());
            assertThat(node.runs(id)).isEmpty();
            assertThat(node.task(id).orElseThrow().state()).isEqualTo("active");
        }
    }
}
