package dev.leasehold.admin.overview;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leasehold.admin.api.Database;
import dev.leasehold.admin.api.PoolViews;
import dev.leasehold.engine.Engine;
import dev.leasehold.engine.EngineStatus;
import dev.leasehold.engine.SessionStats;
import dev.leasehold.lease.LiveLease;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.PoolStatus;
import dev.leasehold.lease.SqlWork;
import dev.leasehold.store.Alerts;
import dev.leasehold.store.Events;
import dev.leasehold.store.Json;
import dev.leasehold.store.Lanes;
import dev.leasehold.store.NextDue;
import dev.leasehold.store.Nodes;
import dev.leasehold.store.RevokedLeases;
import dev.leasehold.store.Runs;
import dev.leasehold.store.Stats;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads an {@link Overview}: the pools and the engine without a connection, the rest under one lease. While the database is
 * not reached the overview says so and shows what is known without it.
 */
public final class OverviewReader {

    private static final Logger LOG = LoggerFactory.getLogger(OverviewReader.class);
    private static final int ROWS = 10;
    private static final int REVOKED = 5;
    private static final int CYCLES = 40;

    private final Database database;
    private final Engine engine;
    private final PoolViews pools;
    private final Clock clock;

    public OverviewReader(Database database, Engine engine, PoolViews pools, Clock clock) {
        this.database = database;
        this.engine = engine;
        this.pools = pools;
        this.clock = clock;
    }

    /** The whole as it is now. */
    public CompletionStage<Overview> read() {
        // The pools first, so that they are shown without the lease that this very look takes.
        return pool(PoolName.PLATFORM)
                .thenCombine(pool(PoolName.USERDATA), List::of)
                .thenCompose(pools -> database.read("overview", stored())
                        .exceptionally(failure -> {
                            LOG.debug("overview without the database", failure);
                            return null;
                        })
                        .thenApply(stored -> overview(pools, stored)));
    }

    private Overview overview(List<Overview.Pool> both, Overview.@Nullable Stored stored) {
        EngineStatus status = engine.status();
        SessionStats session = engine.session();
        return new Overview(
                clock.instant(),
                new Overview.Node(
                        status.incarnation(),
                        status.lanes(),
                        status.owned().size(),
                        status.standby(),
                        status.suspended(),
                        status.healthy(),
                        status.running(),
                        status.waiting(),
                        status.zombies()),
                new Overview.Session(
                        session.startedAt(),
                        session.checkCycles(),
                        session.found(),
                        session.executed(),
                        session.failed(),
                        session.skipped(),
                        session.retried(),
                        Duration.ofMillis(session.idleInterval())),
                both,
                engine.running(ROWS).stream().map(OverviewRows::run).toList(),
                stored);
    }

    private CompletionStage<Overview.Pool> pool(PoolName name) {
        CompletionStage<List<LiveLease>> leases = pools.liveLeases().apply(name);
        return pools.status().apply(name).thenCombine(leases, OverviewReader::pool);
    }

    private static Overview.Pool pool(PoolStatus status, List<LiveLease> leases) {
        return new Overview.Pool(
                status.pool().label(),
                status.healthy(),
                status.size(),
                status.max(),
                status.checkedIn(),
                status.checkedOut(),
                status.overflow(),
                status.waiting(),
                status.opening(),
                status.cleaning(),
                status.retiring(),
                status.usagePercent(),
                status.granted(),
                status.timeouts(),
                leases.stream().limit(ROWS).map(OverviewReader::lease).toList());
    }

    private static Overview.Lease lease(LiveLease lease) {
        return new Overview.Lease(
                lease.leaseId(),
                lease.leaseClass().name().toLowerCase(Locale.ROOT),
                lease.holder().actor(),
                lease.holder().task(),
                lease.holder().type(),
                lease.since(),
                lease.deadline(),
                lease.state(),
                lease.sql(),
                lease.backendPid());
    }

    private SqlWork<Overview.Stored> stored() {
        String own = engine.status().incarnation();
        return connection -> {
            Stats.Waiting waiting = Stats.waiting(connection);
            Stats.Totals totals = Stats.read(connection);
            Stats.Counts all = totals.all();
            return new Overview.Stored(
                    waiting.due(),
                    waiting.oldestDueSeconds(),
                    waiting.active(),
                    waiting.needsIntervention(),
                    new Overview.Totals(
                            totals.checkCycles(),
                            all.found(),
                            all.executed(),
                            all.failed(),
                            all.skipped(),
                            all.retried()),
                    NextDue.list(connection, ROWS).stream()
                            .flatMap(OverviewRows::due)
                            .toList(),
                    Runs.list(connection, new Runs.Filter(null, null, null, null, null, ROWS)).stream()
                            .map(OverviewRows::run)
                            .toList(),
                    RevokedLeases.list(connection, null, REVOKED).stream()
                            .map(OverviewRows::revoked)
                            .toList(),
                    Events.list(connection, new Events.Filter("check_cycle", null, null, 0, CYCLES)).stream()
                            .map(OverviewReader::cycle)
                            .toList(),
                    Alerts.list(connection, null, true, REVOKED).stream()
                            .map(OverviewRows::alert)
                            .toList(),
                    Lanes.list(connection).stream()
                            .map(lane ->
                                    new Overview.Lane(lane.no(), lane.owner(), lane.epoch(), own.equals(lane.owner())))
                            .toList(),
                    OverviewRows.members(Nodes.list(connection), own));
        };
    }

    private static Overview.Cycle cycle(Events.Row row) {
        String text = row.event().data();
        JsonNode data = Json.tree(text == null ? "{}" : text);
        return new Overview.Cycle(
                data.path("cycle").asLong(),
                row.at(),
                data.path("found").asLong(),
                data.path("executed").asLong(),
                data.path("failed").asLong(),
                data.path("skipped").asLong(),
                Duration.ofMillis(data.path("duration_ms").asLong()));
    }
}
