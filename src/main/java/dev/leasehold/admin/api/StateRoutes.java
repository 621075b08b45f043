package dev.leasehold.admin.api;

import akka.http.javadsl.model.HttpResponse;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Cursor;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.Problem;
import dev.leasehold.admin.http.ProblemException;
import dev.leasehold.admin.http.Query;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.engine.Engine;
import dev.leasehold.engine.EngineStatus;
import dev.leasehold.engine.SessionStats;
import dev.leasehold.engine.run.TypeRegistry;
import dev.leasehold.lease.SqlWork;
import dev.leasehold.store.Alerts;
import dev.leasehold.store.Audit;
import dev.leasehold.store.Events;
import dev.leasehold.store.Json;
import dev.leasehold.store.Lanes;
import dev.leasehold.store.Nodes;
import dev.leasehold.store.PolicyJson;
import dev.leasehold.store.Stats;
import dev.leasehold.task.PayloadSchema;
import dev.leasehold.task.StartRate;
import dev.leasehold.task.TaskType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** How the node and the whole stand: types, counters, events, alerts, nodes and lanes. */
final class StateRoutes {

    private static final String EVENTS = "events";
    private static final String ALERTS = "alerts";

    private final Database database;
    private final Engine engine;
    private final PoolViews pools;

    StateRoutes(Database database, Engine engine, PoolViews pools) {
        this.database = database;
        this.engine = engine;
        this.pools = pools;
    }

    List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get("/api/v1/types", Scope.READ, this::types),
                Endpoint.get("/api/v1/stats", Scope.READ, this::stats),
                Endpoint.get("/api/v1/events", Scope.READ, this::events),
                Endpoint.get("/api/v1/alerts", Scope.READ, this::alerts),
                Endpoint.post("/api/v1/alerts/{id}/ack", Scope.OPERATE, this::ack),
                Endpoint.get("/api/v1/nodes", Scope.READ, this::nodes));
    }

    private CompletionStage<HttpResponse> types(Call call) {
        List<TypeRegistry.Registered<?>> types = List.copyOf(engine.types().all());
        return CompletableFuture.completedFuture(Answers.page(types, registered -> type(registered.type()), null));
    }

    private static ObjectNode type(TaskType<?> type) {
        ObjectNode json = Views.object().put("name", type.name()).put("description", type.description());
        json.set("payload_schema", Json.MAPPER.valueToTree(PayloadSchema.of(type.payloadClass())));
        ObjectNode defaults = json.putObject("defaults")
                .put("timeout", type.timeout().toString())
                .put("concurrency", type.concurrency());
        StartRate rate = type.keyRate();
        defaults.set(
                "key_rate",
                rate == null
                        ? null
                        : Views.object()
                                .put("starts", rate.starts())
                                .put("window", rate.window().toString()));
        defaults.set("retry", PolicyJson.write(type.retry()));
        return json;
    }

    private CompletionStage<HttpResponse> stats(Call call) {
        SqlWork<Numbers> work = connection -> new Numbers(Stats.read(connection), Stats.waiting(connection));
        return database.read("stats", work).thenApply(numbers -> {
            ObjectNode json = Views.object();
            json.set("session", session(engine.session()));
            Stats.Totals totals = numbers.totals();
            json.set(
                    "cumulative", counts(Views.object().put("total_check_cycles", totals.checkCycles()), totals.all()));
            ObjectNode byType = json.putObject("by_type");
            totals.byType().forEach((type, counts) -> byType.set(type, counts(Views.object(), counts)));
            json.putObject("waiting")
                    .put("due", numbers.waiting().due())
                    .put("oldest_due_seconds", numbers.waiting().oldestDueSeconds())
                    .put("active", numbers.waiting().active())
                    .put("needs_intervention", numbers.waiting().needsIntervention());
            return Answers.ok(json);
        });
    }

    private record Numbers(Stats.Totals totals, Stats.Waiting waiting) {}

    private static ObjectNode counts(ObjectNode json, Stats.Counts counts) {
        return json.put("tasks_found", counts.found())
                .put("tasks_executed", counts.executed())
                .put("tasks_failed", counts.failed())
                .put("tasks_skipped", counts.skipped())
                .put("tasks_cancelled", counts.cancelled())
                .put("attempts_retried", counts.retried());
    }

    private static ObjectNode session(SessionStats session) {
        ObjectNode json = Views.object()
                .put("started_at", session.startedAt().toString())
                .put("total_check_cycles", session.checkCycles())
                .put("tasks_found", session.found())
                .put("tasks_executed", session.executed())
                .put("tasks_failed", session.failed())
                .put("tasks_skipped", session.skipped())
                .put("tasks_cancelled", session.cancelled())
                .put("attempts_retried", session.retried())
                .put("fenced", session.fenced())
                .put("idle_interval", Duration.ofMillis(session.idleInterval()).toString())
                .put("last_cycle_at", Views.text(session.lastCycleAt()));
        ObjectNode running = json.putObject("running_by_type");
        session.runningByType().forEach(running::put);
        return json;
    }

    private CompletionStage<HttpResponse> events(Call call) {
        Query query = call.query();
        int limit = query.limit();
        Optional<Cursor> cursor = Cursor.read(query, EVENTS, 2);
        @Nullable Instant beforeAt = cursor.map(position -> position.instant(0)).orElse(null);
        long beforeId = cursor.map(position -> position.number(1)).orElse(0L);
        Events.Filter filter =
                new Events.Filter(query.text("type"), query.instant("since"), beforeAt, beforeId, limit + 1);
        query.check();
        return database.read("events", connection -> Events.list(connection, filter))
                .thenApply(found -> {
                    List<Events.Row> page = found.size() > limit ? found.subList(0, limit) : found;
                    Events.Row last = page.isEmpty() ? null : page.get(page.size() - 1);
                    String next =
                            found.size() > limit && last != null ? Cursor.write(EVENTS, last.at(), last.id()) : null;
                    return Answers.page(page, Views::event, next);
                });
    }

    private CompletionStage<HttpResponse> alerts(Call call) {
        Query query = call.query();
        int limit = query.limit();
        boolean open = query.flag("open");
        @Nullable
        Long before = Cursor.read(query, ALERTS, 1)
                .map(position -> position.number(0))
                .orElse(null);
        query.check();
        return database.read("alerts", connection -> Alerts.list(connection, before, open, limit + 1))
                .thenApply(found -> {
                    List<Alerts.Row> page = found.size() > limit ? found.subList(0, limit) : found;
                    String next = found.size() > limit
                            ? Cursor.write(ALERTS, page.get(page.size() - 1).id())
                            : null;
                    return Answers.page(page, Views::alert, next);
                });
    }

    private CompletionStage<HttpResponse> ack(Call call) {
        String text = call.parameter("id");
        ProblemException notThere = new ProblemException(Problem.notFound("such an alert"));
        if (!text.matches("[0-9]{1,18}")) {
            throw notThere;
        }
        long id = Long.parseLong(text);
        return database.change("ack", connection -> {
                    Alerts.Row alert = Alerts.ack(connection, id, call.who()).orElseThrow(() -> notThere);
                    Audit.insert(connection, call.who(), "alert.ack", text, call.requestId(), null);
                    return alert;
                })
                .thenApply(alert -> Answers.ok(Views.alert(alert)));
    }

    private CompletionStage<HttpResponse> nodes(Call call) {
        SqlWork<Cluster> work = connection -> new Cluster(Nodes.list(connection), Lanes.list(connection));
        EngineStatus status = engine.status();
        return database.read("nodes", work).thenApply(cluster -> {
            ObjectNode json = Views.object();
            cluster.nodes()
                    .forEach(node -> json.withArray("items")
                            .add(Views.node(node)
                                    .put("this_node", node.incarnation().equals(status.incarnation()))));
            json.putNull("next");
            cluster.lanes()
                    .forEach(lane -> json.withArray("lanes")
                            .addObject()
                            .put("no", lane.no())
                            .put("owner", lane.owner())
                            .put("epoch", lane.epoch())
                            .put("taken_at", Views.text(lane.takenAt())));
            pools.budget().get().forEach(plan -> json.withArray("budgets").add(Views.budget(plan)));
            json.putObject("this_node")
                    .put("incarnation", status.incarnation())
                    .put("lanes_owned", status.owned().size())
                    .put("standby", status.standby())
                    .put("suspended", status.suspended())
                    .put("running", status.running())
                    .put("waiting", status.waiting())
                    .put("zombies", status.zombies());
            return Answers.ok(json);
        });
    }

    private record Cluster(List<Nodes.Node> nodes, List<Lanes.Lane> lanes) {}
}
