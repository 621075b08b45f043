package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.Done;
import dev.leasehold.engine.TestHandlers.Gate;
import dev.leasehold.engine.TestHandlers.Text;
import dev.leasehold.store.TaskChanges;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskSpec;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The database goes away while a run is under way, and comes back: what was counted and recorded agrees with what was. */
class EngineOutageTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String QUICK_TO_GIVE_UP =
            "leasehold.engine.check-cycle { suspend-after = 2s, cancel-after = 3s }, leasehold.engine.lanes.beat = 200ms";

    @Test
    @Tag("row47")
    @Tag("B10")
    void recordsEachCycleOnceAndCountsEachRunOnceThoughTheDatabaseWasAway() throws Exception {
        Gate gate = new Gate("gate");
        try (EngineFixture node =
                EngineFixture.start(QUICK_TO_GIVE_UP, List.of(gate)).awaitReady()) {
            long id = node.create(TaskSpec.of("gate", new Text("outage")));
            gate.awaitInside();
            await().atMost(LONG).until(() -> node.count("SELECT count(*) FROM leasehold.running") == 1);
            node.read(connection -> TaskChanges.pause(connection, id)); // and nobody tells the engine

            node.outage();
            await().atMost(LONG).until(() -> node.engine().running(id).isEmpty());
            await().atMost(LONG).until(() -> node.engine().status().suspended());
            node.outageIsOver();

            await().atMost(LONG).until(() -> node.count("SELECT count(*) FROM leasehold.running") == 0);
            await().atMost(LONG).until(() -> found(node) == 1);
            assertThat(node.runs(id)).isEmpty();
            assertThat(node.task(id).orElseThrow().state()).isEqualTo("paused");

            node.engine()
                    .changed(node.read(connection -> TaskChanges.resume(connection, id))
                            .orElseThrow());
            gate.awaitInside();
            gate.letGo(Outcome.success());
            await().atMost(LONG).until(() -> node.runs(id).size() == 1);
            await().atMost(LONG)
                    .until(() -> node.count("SELECT coalesce(sum((data ->> 'executed')::int), 0)"
                                    + " FROM leasehold.event WHERE type = 'check_cycle'")
                            == 1);
            assertThat(found(node)).as("found once, though handed out twice").isEqualTo(1);
            assertThat(node.engine().session().found()).isEqualTo(1);
            assertThat(node.engine().session().executed()).isEqualTo(1);
            EngineFixture.get(node.engine().drain(Duration.ofSeconds(5)).toCompletableFuture());
            long cycles = node.engine().session().checkCycles();
            assertThat(node.count("SELECT count(*) FROM leasehold.event WHERE type = 'check_cycle'"))
                    .isEqualTo(cycles);
            assertThat(node.count("SELECT value FROM leasehold.setting WHERE name = 'check_cycles'"))
                    .isEqualTo(cycles);
        }
    }

    private static long found(EngineFixture node) {
        return node.count(
                "SELECT coalesce(sum((data ->> 'found')::int), 0) FROM leasehold.event WHERE type = 'check_cycle'");
    }

    @Test
    @Tag("row47")
    void recordsItsLastCycleBeforeItHasDrained() throws Exception {
        Gate gate = new Gate("gate");
        try (EngineFixture node = EngineFixture.start("", List.of(gate)).awaitReady()) {
            node.create(TaskSpec.of("gate", new Text("last")));
            gate.awaitInside();

            CompletableFuture<Done> drained =
                    node.engine().drain(Duration.ofSeconds(20)).toCompletableFuture();
            gate.letGo(Outcome.success());
            EngineFixture.get(drained);

            assertThat(node.count("SELECT coalesce(sum((data ->> 'executed')::int), 0)"
                            + " FROM leasehold.event WHERE type = 'check_cycle'"))
                    .isEqualTo(1);
        }
    }
}
