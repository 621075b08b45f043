package dev.leasehold.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskId;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.task.TaskType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the kit promises beside what docs/testing.md shows, on an instance of a handler that the test made. */
class TestNodeTest {

    private static final Flaky FLAKY = new Flaky();

    @RegisterExtension
    static final LeaseholdExtension LEASEHOLD = LeaseholdExtension.with(FLAKY);

    /** Fails until the third attempt. */
    private static final class Flaky implements TaskHandler<Map<String, Object>> {
        private final AtomicInteger calls = new AtomicInteger();

        @Override
        @SuppressWarnings({"unchecked", "rawtypes"})
        public TaskType<Map<String, Object>> type() {
            return (TaskType) TaskType.of("flaky", Map.class);
        }

        @Override
        public Outcome run(Map<String, Object> payload, TaskContext context) {
            return calls.incrementAndGet() < 3 ? Outcome.failed(Reason.NETWORK, "not yet") : Outcome.success();
        }
    }

    @Test
    @Tag("long")
    void jumpsOverTheWaitBetweenAttemptsAndOverYears(TestNode node) {
        TaskId task = node.create(TaskSpec.of("flaky", Map.of()));
        for (int attempts = 0; attempts < 3; attempts++) {
            node.runDue();
            node.jump(Duration.ofDays(200));
        }
        Instant before = node.now();
        node.jumpTo(before.plus(Duration.ofDays(3650)));
        TaskId later = node.create(TaskSpec.of("flaky", Map.of()));
        node.runDue();

        assertThat(node.outcomes(task))
                .extracting(TestNode.Run::outcome)
                .containsExactly("failed", "failed", "success");
        assertThat(node.outcomes(later))
                .singleElement()
                .satisfies(run -> assertThat(run.finishedAt()).isAfter(before.plus(Duration.ofDays(3650))));
    }

    @Test
    void isDocumentedByATestThatRuns() throws Exception {
        String source = Files.readString(Path.of("src/test/java/dev/leasehold/testkit/InvoiceReminderTest.java"));

        assertThat(Files.readString(Path.of("docs/testing.md")))
                .contains("```java\n" + source.substring(source.indexOf("@LeaseholdTest")) + "```");
    }
}
