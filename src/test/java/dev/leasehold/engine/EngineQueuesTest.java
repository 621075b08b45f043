package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.engine.TestHandlers.Gate;
import dev.leasehold.engine.TestHandlers.Text;
import dev.leasehold.store.Queues;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.task.TaskType;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Queues that stand still, and go on. */
class EngineQueuesTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    private static final Gate SINGLE =
            new Gate(TaskType.of("single", Text.class).concurrency(1));

    @SuppressWarnings("NullAway.Init")
    private static EngineFixture node;

    @BeforeAll
    static void start() {
        // Long intervals: what goes on at once after a change was told of it.
        node = EngineFixture.start(
                        "leasehold.engine.check-cycle { idle-min = 30s, idle-max = 30s, slow-round = 1h }",
                        List.of(TestHandlers.echo(), SINGLE))
                .awaitReady();
    }

    @AfterAll
    static void stop() {
        node.stop();
    }

    private static TaskSpec echo(String queue) {
        return TaskSpec.of("echo", new Text(queue)).queue(queue);
    }

    private static boolean pause(String queue) {
        return node.read(connection -> Queues.pause(connection, queue, "a person", "for a test"));
    }

    private static boolean resume(String queue) {
        return node.read((Connection connection) -> Queues.resume(connection, queue));
    }

    private static void awaitRun(long task) {
        await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(task)).hasSize(1));
    }

    /** When this one has run, the node has read everything that was due before, and knows the pauses made before it. */
    private static void awaitPassedBy() {
        awaitRun(node.create(echo("open")));
    }

    @Test
    void startsNothingOfAPausedQueueUntilItIsResumedAndThenAllOfItAtOnce() {
        assertThat(pause("standing")).isTrue();
        assertThat(pause("standing")).isFalse();
        awaitKnown("standing");
        List<Long> held = IntStream.range(0, 50)
                .mapToObj(i -> node.create(echo("standing")))
                .toList();
        awaitPassedBy();
        assertThat(held).allSatisfy(id -> assertThat(node.runs(id)).isEmpty());

        assertThat(resume("standing")).isTrue();

        held.forEach(EngineQueuesTest::awaitRun);
    }

    /** Pauses reach the node by a notification; a task of the queue that stays shows that it has come. */
    private static void awaitKnown(String queue) {
        await().atMost(LONG).untilAsserted(() -> {
            long probe = node.create(echo(queue));
            awaitPassedBy();
            assertThat(node.runs(probe)).isEmpty();
        });
    }

    @Test
    void forgetsWhatWaitsInMemoryWhenItsQueueIsPaused() throws Exception {
        TaskSpec spec = TaskSpec.of("single", new Text("x")).queue("memory");
        node.create(spec);
        SINGLE.awaitInside();
        long second = node.create(spec);
        await().atMost(LONG)
                .untilAsserted(
                        () -> assertThat(node.engine().status().waiting()).isEqualTo(1));

        pause("memory");
        await().atMost(LONG)
                .untilAsserted(
                        () -> assertThat(node.engine().status().waiting()).isZero());
        SINGLE.letGo(Outcome.success());
        awaitPassedBy();
        assertThat(node.runs(second)).isEmpty();

        resume("memory");
        SINGLE.awaitInside();
        SINGLE.letGo(Outcome.success());
        awaitRun(second);
    }

    @Test
    void letsAnotherQueueGoOnWithAConcurrencyKeyWhoseTurnWasInAPausedOne() {
        pause("first");
        awaitKnown("first");
        long first = node.create(echo("first").concurrencyKey("shared"));
        long second = node.create(echo("second").concurrencyKey("shared"));

        awaitRun(second);
        assertThat(node.runs(first)).isEmpty();
        resume("first");
        awaitRun(first);
    }

    @Test
    void knowsThePausesBeforeItReadsAnything() {
        EngineFixture other = EngineFixture.start("", List.of());
        other.awaitReady();
        other.read(connection -> Queues.pause(connection, "asleep", "a person", null));
        other.execute("INSERT INTO leasehold.task (id, lane, due_at, type, queue)"
                + " SELECT n, leasehold.lane_of(n, NULL, 32), now(), 'echo',"
                + " CASE WHEN n % 2 = 0 THEN 'asleep' ELSE 'awake' END FROM generate_series(1, 200) AS n");
        other.execute("UPDATE leasehold.task SET payload = '{\"text\": \"t\"}'");
        other.stop();

        try (EngineFixture again = EngineFixture.on(other.database(), "", List.of(TestHandlers.echo()))) {
            again.awaitReady();
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(again.count("SELECT count(*) FROM leasehold.run"))
                            .isEqualTo(100));
            assertThat(again.count("SELECT count(*) FROM leasehold.task WHERE queue = 'asleep'"))
                    .isEqualTo(100);
        }
    }
}
