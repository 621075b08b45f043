package dev.leasehold.admin.api;

import akka.http.javadsl.model.HttpResponse;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Cursor;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.Query;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.lease.LiveLease;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.PoolStatus;
import dev.leasehold.store.RevokedLeases;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Pools, the leases that are out, and those that had to be taken back. Only the last asks the database. */
final class LeaseRoutes {

    private static final String LIST = "revoked";

    private final Database database;
    private final PoolViews pools;
    private final Clock clock;

    LeaseRoutes(Database database, PoolViews pools, Clock clock) {
        this.database = database;
        this.pools = pools;
        this.clock = clock;
    }

    List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get("/api/v1/pools", Scope.READ, this::pools),
                Endpoint.get("/api/v1/leases", Scope.READ, this::live),
                Endpoint.get("/api/v1/leases/revoked", Scope.READ, this::revoked));
    }

    /** With {@code cluster=true} the sum over the nodes, which is this one as long as it is alone. */
    private CompletionStage<HttpResponse> pools(Call call) {
        Query query = call.query();
        boolean cluster = query.flag("cluster");
        query.check();
        return both(pools.status()).thenApply(statuses -> {
            ObjectNode json = Views.object();
            statuses.forEach(status -> {
                ObjectNode pool = pool(status);
                if (cluster) {
                    pool.put("nodes", 1);
                }
                json.set(status.pool().label(), pool);
            });
            return Answers.ok(json);
        });
    }

    static ObjectNode pool(PoolStatus status) {
        return Views.object()
                .put("size", status.size())
                .put("max_overflow", status.maxOverflow())
                .put("max", status.max())
                .put("checked_in", status.checkedIn())
                .put("checked_out", status.checkedOut())
                .put("overflow", status.overflow())
                .put("waiting", status.waiting())
                .put("opening", status.opening())
                .put("cleaning", status.cleaning())
                .put("retiring", status.retiring())
                .put("usage_percent", Math.round(status.usagePercent() * 10) / 10.0)
                .put("created", status.created())
                .put("recycled", status.recycled())
                .put("timeouts", status.timeouts())
                .put("granted", status.granted())
                .put("ended", status.ended())
                .put("leaked", status.leaked())
                .put("leak_suspects", status.suspects())
                .put("generation", status.generation())
                .put("healthy", status.healthy());
    }

    private CompletionStage<HttpResponse> live(Call call) {
        Query query = call.query();
        String pool = query.oneOf("pool", java.util.Set.of("platform", "userdata"));
        query.check();
        return both(pools.liveLeases()).thenApply(lists -> {
            List<LiveLease> leases = new ArrayList<>();
            lists.forEach(leases::addAll);
            leases.removeIf(lease -> pool != null && !lease.pool().label().equals(pool));
            return Answers.page(leases, this::lease, null);
        });
    }

    private ObjectNode lease(LiveLease lease) {
        ObjectNode json = Views.object()
                .put("id", lease.leaseId())
                .put("pool", lease.pool().label())
                .put("class", lease.leaseClass().name().toLowerCase(Locale.ROOT));
        json.putObject("holder")
                .put("actor", lease.holder().actor())
                .put("task_id", lease.holder().task())
                .put("run_id", lease.holder().run())
                .put("type", lease.holder().type())
                .put("tenant", lease.holder().tenant());
        return json.put("since", lease.since().toString())
                .put("held_ms", Duration.between(lease.since(), clock.instant()).toMillis())
                .put("deadline", lease.deadline().toString())
                .put("state", lease.state())
                .put("sql", lease.sql())
                .put("backend_pid", lease.backendPid());
    }

    /** Asks for both pools at once. */
    private static <T> CompletionStage<List<T>> both(Function<PoolName, CompletionStage<T>> question) {
        CompletionStage<T> userdata = question.apply(PoolName.USERDATA);
        return question.apply(PoolName.PLATFORM).thenCombine(userdata, (platform, other) -> List.of(platform, other));
    }

    private CompletionStage<HttpResponse> revoked(Call call) {
        Query query = call.query();
        int limit = query.limit();
        @Nullable
        Long before =
                Cursor.read(query, LIST, 1).map(cursor -> cursor.number(0)).orElse(null);
        query.check();
        return database.read("revoked leases", connection -> RevokedLeases.list(connection, before, limit + 1))
                .thenApply(found -> {
                    List<RevokedLeases.Numbered> page = found.size() > limit ? found.subList(0, limit) : found;
                    String next = found.size() > limit
                            ? Cursor.write(LIST, page.get(page.size() - 1).id())
                            : null;
                    return Answers.page(page, Views::revoked, next);
                });
    }
}
