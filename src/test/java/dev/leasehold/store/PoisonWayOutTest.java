package dev.leasehold.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A task that was stopped because of three crashes can be tried once more: by its probe, and by a person. */
@Tag("A12")
class PoisonWayOutTest {

    @Test
    void triesAPoisonousTaskOnceMoreByItsProbeAndByHand() throws Exception {
        StoreFixture store = new StoreFixture();
        try (Connection connection = store.connect()) {
            long probed = StoreFixture.insert(connection, StoreFixture.task("t"));
            long byHand = StoreFixture.insert(connection, StoreFixture.task("t"));
            store.database.execute("UPDATE leasehold.task SET state = 'needs_intervention', crashes = 3");
            store.database.execute("UPDATE leasehold.task SET due_at = NULL WHERE id = " + byHand);
            assertThat(Probes.start(connection)).hasSize(1);
            assertThat(TaskChanges.runNow(connection, byHand)).isPresent();
            List<DueTask> due = StoreFixture.due(connection);
            assertThat(due).extracting(DueTask::id).containsExactlyInAnyOrder(probed, byHand);
            assertThat(due).extracting(DueTask::crashes).containsOnly(2);
        }
    }
}
