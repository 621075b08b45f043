package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.schedule.Schedule;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.task.TaskType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The whole way of a task on the real PostgreSQL: lane, check cycle, run actor, flush. */
class EngineRunsTest {

    record Text(String text) {}

    /** Succeeds with what it was given. */
    static final class Echo implements TaskHandler<Text> {
        @Override
        public TaskType<Text> type() {
            return TaskType.of("echo", Text.class);
        }

        @Override
        public Outcome run(Text payload, TaskContext context) {
            context.log("attempt " + context.attempt());
            return Outcome.success(Map.of("said", payload.text()));
        }
    }

    @SuppressWarnings("NullAway.Init")
    private static EngineFixture node;

    @BeforeAll
    static void start() {
        node = EngineFixture.start("", List.of(new Echo())).awaitReady();
    }

    @AfterAll
    static void stop() {
        node.stop();
    }

    @Test
    void runsATaskThatIsDueNowAndKeepsItsHistory() {
        long id = node.create(TaskSpec.of("echo", new Text("hello")));

        await().untilAsserted(() -> assertThat(node.runs(id)).singleElement().satisfies(run -> {
            assertThat(run.outcome()).isEqualTo("success");
            assertThat(run.isFinal()).isTrue();
            assertThat(run.result()).isEqualTo("{\"said\": \"hello\"}");
            assertThat(run.log()).contains("attempt 1");
        }));
        assertThat(node.task(id)).isEmpty();
    }

    @Test
    void runsARecurringTaskAgainAndAgain() {
        long id = node.create(
                TaskSpec.of("echo", new Text("again")).schedule(Schedule.fixedRate(Duration.ofMillis(200))));

        await().untilAsserted(() -> assertThat(node.runs(id)).hasSizeGreaterThanOrEqualTo(3));
        assertThat(node.task(id).orElseThrow().state()).isEqualTo("active");
    }
}
