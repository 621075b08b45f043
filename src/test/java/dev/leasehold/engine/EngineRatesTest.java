package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.engine.TestHandlers.Text;
import dev.leasehold.engine.lane.Obstacle;
import dev.leasehold.store.KeyRates;
import dev.leasehold.store.Runs;
import dev.leasehold.store.Tasks;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.StartRate;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.task.TaskType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rates of concurrency keys, on real engines. */
@Tag("long")
class EngineRatesTest {

    private static final Duration LONG = Duration.ofSeconds(60);

    /** Nothing looks by itself for long enough to be of help. */
    private static final String QUIET = """
            leasehold.engine.check-cycle.idle-min = 120s
            leasehold.engine.check-cycle.idle-max = 120s
            leasehold.engine.check-cycle.slow-round = 600s
            """;

    private static TaskHandler<Text> rated(int starts, Duration window) {
        return TestHandlers.of(
                TaskType.of("rated", Text.class).keyRate(starts, window), (payload, context) -> Outcome.success());
    }

    private static TaskSpec rated(String key) {
        return TaskSpec.of("rated", new Text("x")).concurrencyKey(key);
    }

    private static Obstacle obstacle(EngineFixture node, long task) {
        return EngineFixture.get(
                node.engine().obstacle(node.task(task).orElseThrow()).toCompletableFuture());
    }

    @Test
    void startsEachKeyAsOftenAsItsTypeAllowsAndWakesUpForTheNext() {
        Duration window = Duration.ofMillis(700);
        EngineFixture node =
                EngineFixture.start(QUIET, List.of(rated(2, window))).awaitReady();

        List<Long> slow = node
                .create(IntStream.range(0, 9).mapToObj(i -> rated("slow")).toList())
                .stream()
                .map(Tasks.Created::id)
                .toList();
        long other = node.create(rated("other"));

        await().atMost(LONG)
                .until(() -> slow.stream().allMatch(id -> node.runs(id).size() == 1));
        List<Instant> starts = slow.stream()
                .map(id -> node.runs(id).get(0).startedAt())
                .sorted()
                .toList();
        for (int i = 2; i < starts.size(); i++) {
            assertThat(Duration.between(starts.get(i - 2), starts.get(i)))
                    .as("three starts in a row: %s", starts)
                    .isGreaterThanOrEqualTo(window);
        }
        Runs.Row first = node.runs(other).get(0);
        assertThat(first.startedAt())
                .as("another key has its own rate, and does not wait for this one")
                .isBefore(starts.get(starts.size() - 1));
        node.stop();
    }

    @Test
    void countsAtATakeOverWhatHasStartedBeforeAndSaysUntilWhenAKeyRests() {
        EngineFixture node = EngineFixture.start("", List.of(rated(1_000, Duration.ofSeconds(1))));
        rate(node, 2);
        node.awaitReady();
        long first = node.create(rated("k"));
        long second = node.create(rated("k"));
        await().atMost(LONG)
                .until(() -> node.runs(first).size() == 1 && node.runs(second).size() == 1);
        long third = node.create(rated("k"));
        await().atMost(LONG).until(() -> obstacle(node, third).kind() == Obstacle.Kind.RATE_LIMITED);
        node.close();

        EngineFixture next = EngineFixture.on(node.database(), "", List.of(rated(1_000, Duration.ofSeconds(1))))
                .awaitReady();

        long fourth = next.create(rated("k"));
        long other = next.create(rated("other"));
        await().atMost(LONG).until(() -> next.runs(other).size() == 1);
        await().atMost(LONG).until(() -> obstacle(next, third).until() != null);
        Obstacle why = obstacle(next, third);
        assertThat(why.kind().label()).isEqualTo("rate_limited");
        assertThat(why.message()).contains("2 starts in PT1H", "concurrency key k", "type rated");
        assertThat(Duration.between(next.runs(first).get(0).startedAt(), why.until()))
                .as("from the first start to the next that is allowed")
                .isBetween(Duration.ofMinutes(59), Duration.ofMinutes(61));
        assertThat(obstacle(next, fourth).kind()).isEqualTo(Obstacle.Kind.RATE_LIMITED);
        assertThat(next.runs(third)).isEmpty();

        rate(next, 3);
        await().atMost(LONG)
                .until(() -> next.runs(third).size() + next.runs(fourth).size() == 1);
        next.read(connection -> KeyRates.remove(connection, "rated"));

        await().atMost(LONG)
                .until(() -> next.runs(third).size() + next.runs(fourth).size() == 2);
        next.stop();
    }

    private static void rate(EngineFixture node, int starts) {
        node.read(connection ->
                KeyRates.set(connection, "rated", new StartRate(starts, Duration.ofHours(1)), "a person"));
    }
}
