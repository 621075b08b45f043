package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import org.junit.jupiter.api.Test;

/** A node looks by itself whether the rows are as they must be. */
class EngineDoctorTest {

    @Test
    void repairsWhatOthersBrokeAndTellsAPersonUntilNothingIsFound() {
        try (EngineFixture node = EngineFixture.start("leasehold.engine.doctor-interval = 1s", List.of())) {
            // A take-over empties the ledger of its lane.
            await().until(() -> node.count("SELECT count(*) FROM leasehold.lane WHERE owner IS NULL") == 0);
            node.execute(
                    "INSERT INTO leasehold.running (task_id, run_no, attempt, lane, epoch, node, type, tenant, due_at,"
                            + " started_at) VALUES (4711, 1, 1, 0, 0, 'gone', 't', 'default', now(), now())");

            await().until(() -> node.count("SELECT count(*) FROM leasehold.event WHERE type = 'repaired'"
                            + " AND data ->> 'subject' = 'task/4711'")
                    == 1);

            assertThat(node.count("SELECT count(*) FROM leasehold.running")).isZero();
            assertThat(node.count("SELECT count(*) FROM leasehold.alert WHERE source = 'doctor'"))
                    .isEqualTo(1);
            await().until(() -> node.count("SELECT count(*) FROM leasehold.alert WHERE cleared_at IS NOT NULL") == 1);
        }
    }
}
