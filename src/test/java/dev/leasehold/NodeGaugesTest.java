package dev.leasehold;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.admin.AdminFixture;
import dev.leasehold.admin.api.Database;
import dev.leasehold.lease.LeaseException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NodeGaugesTest {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @Test
    void showsWhatIsDueAndNothingThatItDoesNotKnow() throws Exception {
        try (AdminFixture fixture =
                new AdminFixture(Optional.of(AdminFixture.TOKEN), (a, b, c, d) -> java.util.List.of())) {
            NodeGauges gauges = new NodeGauges(new Database(fixture.leases), fixture.engine, registry);
            fixture.post("/api/v1/tasks", "{\"type\":\"demo-sleep\"}");

            assertThat(value("leasehold_tasks_due")).isNaN();
            gauges.refreshed().toCompletableFuture().get();

            assertThat(value("leasehold_tasks_due")).isEqualTo(1);
            assertThat(value("leasehold_tasks_oldest_due_seconds")).isPositive();
            assertThat(value("leasehold_db_xmin_age_transactions")).isNotNegative();
            assertThat(value("leasehold_lanes_owned"))
                    .isEqualTo(fixture.engine.status().owned().size());

            fixture.leases.failWith(LeaseException.Kind.DOWN);
            gauges.refreshed().toCompletableFuture().get();

            assertThat(value("leasehold_tasks_due")).isNaN();
        }
    }

    private double value(String name) {
        return registry.get(name).gauge().value();
    }
}
