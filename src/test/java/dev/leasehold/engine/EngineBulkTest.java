package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.engine.TestHandlers.Text;
import dev.leasehold.store.TaskRow;
import dev.leasehold.store.Tasks;
import dev.leasehold.task.LaneOf;
import dev.leasehold.task.Priority;
import dev.leasehold.task.RetryPolicy;
import dev.leasehold.task.TaskSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Many tasks at once. */
class EngineBulkTest {

    private static final Instant LATER = Instant.parse("2100-01-01T00:00:00.123456Z");
    private static final String NASTY = "a\\b\tc\nd\re \\N \u00e9\ud83d\ude00\"";

    @SuppressWarnings("NullAway.Init")
    private static EngineFixture node;

    @BeforeAll
    static void start() {
        node = EngineFixture.start("", TestHandlers.plain()).awaitReady();
    }

    @AfterAll
    static void stop() {
        node.stop();
    }

    @Test
    void createsEveryFieldOfManyTasksAsOfOne() {
        TaskSpec spec = TaskSpec.of("echo", new Text(NASTY))
                .tenant("ten\tant")
                .queue("q\\ueue")
                .priority(Priority.LOW)
                .concurrencyKey("key\n1")
                .retry(RetryPolicy.none())
                .timeout(Duration.ofSeconds(7))
                .dueAt(LATER);

        List<Tasks.Created> many =
                node.create(IntStream.range(0, 300).mapToObj(i -> spec).toList());
        TaskRow one = node.task(node.create(spec)).orElseThrow();

        assertThat(many).extracting(Tasks.Created::id).doesNotHaveDuplicates().hasSize(300);
        TaskRow copied = node.task(many.get(299).id()).orElseThrow();
        assertThat(copied)
                .usingRecursiveComparison()
                .ignoringFields("id", "createdAt")
                .isEqualTo(one);
        assertThat(many.get(7).dueAt()).isEqualTo(LATER);
    }

    @Test
    void wakesTheLanesOfManyTasksAndKeepsTheirOrder() {
        List<Tasks.Created> created = node.create(IntStream.range(0, 12_000)
                .mapToObj(i -> TaskSpec.of("echo", new Text(Integer.toString(i))))
                .toList());

        assertThat(created).extracting(Tasks.Created::id).isSorted();
        Set<Integer> lanes = new HashSet<>();
        created.forEach(each -> {
            assertThat(each.lane()).isEqualTo(LaneOf.task(each.id(), null, 32));
            lanes.add(each.lane());
        });
        assertThat(lanes).hasSize(32);
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(node.count("SELECT count(*) FROM leasehold.run WHERE type = 'echo' AND"
                                + " task_id >= " + created.get(0).id()))
                        .isEqualTo(12_000));
        assertThat(node.text("SELECT result ->> 'said' FROM leasehold.run WHERE task_id = "
                        + created.get(11_345).id()))
                .contains("11345");
    }
}
