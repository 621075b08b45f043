package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.engine.TestHandlers.Nothing;
import dev.leasehold.engine.TestHandlers.Text;
import dev.leasehold.store.Runs;
import dev.leasehold.store.Steps;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import dev.leasehold.task.TaskSpec;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a run leaves behind of its way: steps, log lines, progress. */
class EngineStepsTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    private static final AtomicInteger FETCHED = new AtomicInteger();
    private static final AtomicInteger PUT = new AtomicInteger();
    private static final CountDownLatch SEEN = new CountDownLatch(1);

    @SuppressWarnings("NullAway.Init")
    private static EngineFixture node;

    record Page(String url, int size) {}

    @BeforeAll
    static void start() {
        node = EngineFixture.start(
                        "",
                        List.of(
                                TestHandlers.of("steps", Nothing.class, (payload, context) -> {
                                    Page page = context.step("fetch", Page.class, () -> {
                                        FETCHED.incrementAndGet();
                                        return new Page("https://example.com", 17);
                                    });
                                    int put = context.transactionalStep("put", Integer.class, connection -> {
                                        try (Statement statement = connection.createStatement()) {
                                            return statement.executeUpdate("INSERT INTO effect VALUES ("
                                                    + context.taskId().value() + ")");
                                        }
                                    });
                                    PUT.addAndGet(put);
                                    if (context.attempt() < 3) {
                                        return Outcome.failed(Reason.NETWORK, "after the steps");
                                    }
                                    return Outcome.success(Map.of("size", page.size()));
                                }),
                                TestHandlers.of("overtaken", Nothing.class, (payload, context) -> {
                                    node.execute(
                                            "UPDATE leasehold.lane SET epoch = epoch + 1, token = gen_random_uuid()"
                                                    + " WHERE no = "
                                                    + context.fence().lane());
                                    context.transactionalStep("put", Integer.class, connection -> {
                                        try (Statement statement = connection.createStatement()) {
                                            return statement.executeUpdate("INSERT INTO effect VALUES (-1)");
                                        }
                                    });
                                    return Outcome.success();
                                }),
                                TestHandlers.of("talk", Text.class, (payload, context) -> {
                                    context.progress(140, "token: abcdefgh");
                                    for (int line = 0; line < 1_200; line++) {
                                        context.log("line " + line + " " + payload.text());
                                    }
                                    SEEN.await();
                                    return Outcome.success();
                                })))
                .awaitReady();
        node.execute("CREATE TABLE effect (task bigint)");
    }

    @AfterAll
    static void stop() {
        node.stop();
    }

    @Test
    void skipsInALaterAttemptTheStepsThatWereDone() {
        long id = node.create(TaskSpec.of("steps", new Nothing()));

        await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(id)).hasSize(3));
        assertThat(node.runs(id).get(2).result()).isEqualTo("{\"size\": 17}");
        assertThat(FETCHED).hasValue(1);
        assertThat(PUT).hasValue(3);
        assertThat(node.count("SELECT count(*) FROM effect WHERE task = " + id)).isEqualTo(1);
        assertThat(node.read(Steps::prune)).isEqualTo(2);
        assertThat(node.count("SELECT count(*) FROM leasehold.step")).isZero();
    }

    @Test
    void storesNothingForAnAttemptWhoseLaneWasTaken() {
        long id = node.create(TaskSpec.of("overtaken", new Nothing()));

        await().atMost(LONG)
                .untilAsserted(() -> assertThat(node.count("SELECT max(epoch) FROM leasehold.lane"))
                        .isGreaterThan(1));
        // Taken over anew, it is due again, and the handler takes the lane away again: no effect, whatever it tries.
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(node.count("SELECT max(epoch) FROM leasehold.lane"))
                        .isGreaterThan(4));
        assertThat(node.count("SELECT count(*) FROM effect WHERE task = -1")).isZero();
        assertThat(node.count("SELECT count(*) FROM leasehold.step WHERE task_id = " + id))
                .isZero();
        node.execute(
                "UPDATE leasehold.task SET state = 'cancelled', due_at = NULL, version = version + 1 WHERE id = " + id);
    }

    @Test
    void showsLogAndProgressWhileItRunsAndKeepsThemBoundedAndWithoutSecrets() {
        long id = node.create(TaskSpec.of("talk", new Text("Authorization: Bearer abc.def.ghi, password=hunter2")));

        await().atMost(LONG)
                .untilAsserted(() -> assertThat(node.engine().running(id))
                        .hasValueSatisfying(run -> assertThat(run.log()).hasSizeGreaterThan(1_000)));
        RunningView view = node.engine().running(id).orElseThrow();
        assertThat(view.progress()).isEqualTo(100);
        SEEN.countDown();

        await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(id)).hasSize(1));
        Runs.Row run = node.runs(id).get(0);
        assertThat(run.progress()).isEqualTo("{\"message\": \"token: ***\", \"percent\": 100}");
        assertThat(run.log())
                .contains("line 999 Authorization: Bearer ***, password=***", "and 200 more lines")
                .doesNotContain("hunter2", "abc.def", "line 1000 ");
    }
}
