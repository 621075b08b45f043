package dev.leasehold;

import dev.leasehold.admin.HealthCheck;
import dev.leasehold.embedded.EmbeddedPostgres;
import dev.leasehold.engine.Engine;
import dev.leasehold.engine.EngineStatus;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.PoolStatus;
import dev.leasehold.lease.Pools;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What has to be right for the node to be healthy. None of it waits for a lease. */
record NodeHealth(Pools pools, Engine engine, @Nullable EmbeddedPostgres embedded) {

    List<HealthCheck> checks() {
        List<HealthCheck> checks = new ArrayList<>();
        for (PoolName pool : PoolName.values()) {
            checks.add(new HealthCheck(
                    "pool-" + pool.label(), () -> pools.status(pool).thenApply(NodeHealth::pool)));
        }
        checks.add(new HealthCheck("engine", () -> CompletableFuture.completedFuture(engine(engine.status()))));
        EmbeddedPostgres server = embedded;
        if (server != null) {
            checks.add(new HealthCheck(
                    "embedded-server",
                    () -> CompletableFuture.completedFuture(
                            server.isAlive()
                                    ? HealthCheck.Result.healthy("running")
                                    : HealthCheck.Result.unhealthy("its process has ended"))));
        }
        return checks;
    }

    private static HealthCheck.Result pool(PoolStatus status) {
        String detail = status.checkedOut() + " of " + status.max() + " leased, " + status.waiting() + " waiting";
        return status.healthy()
                ? HealthCheck.Result.healthy(detail)
                : HealthCheck.Result.unhealthy("its database does not answer; " + detail);
    }

    private static HealthCheck.Result engine(EngineStatus status) {
        String detail = status.owned().size() + " of " + status.lanes() + " lanes"
                + (status.standby() ? ", standby" : "")
                + (status.suspended() ? ", suspended: no statement was confirmed lately" : "")
                + (status.shortOfDays() ? ", history has room for " + status.daysAhead() + " days only" : "")
                + (status.overdue() ? ", check cycle overdue" : "")
                + (status.shortOfThreads() ? ", " + status.zombies() + " threads never left their handlers" : "");
        return status.healthy() ? HealthCheck.Result.healthy(detail) : HealthCheck.Result.unhealthy(detail);
    }
}
