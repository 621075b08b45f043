package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.engine.TestHandlers.Text;
import dev.leasehold.task.TaskSpec;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Counters of a node: deltas do not pile up, and whoever asks is told the sum at all times. */
class EngineStatsTest {

    @Test
    @Tag("long")
    void foldsTheDeltasOfItsRunsByItself() throws Exception {
        try (EngineFixture node = EngineFixture.start("", List.of(TestHandlers.echo()))) {
            node.awaitReady()
                    .engine()
                    .create(List.of(TaskSpec.of("echo", new Text("a")), TaskSpec.of("echo", new Text("b"))))
                    .toCompletableFuture()
                    .join();

            await().until(() -> node.count("SELECT coalesce(sum(executed), 0) FROM (SELECT executed FROM leasehold.stat"
                            + " UNION ALL SELECT executed FROM leasehold.stat_delta) AS s")
                    == 2);
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> node.count("SELECT coalesce(sum(executed), 0) FROM leasehold.stat") == 2);

            assertThat(node.count("SELECT count(*) FROM leasehold.stat_delta")).isZero();
        }
    }
}
