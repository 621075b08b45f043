package dev.leasehold.admin.api;

import akka.http.javadsl.model.HttpResponse;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.engine.Engine;
import dev.leasehold.engine.lane.Obstacle;
import dev.leasehold.lease.SqlWork;
import dev.leasehold.store.DatabaseClock;
import dev.leasehold.store.Dependencies;
import dev.leasehold.store.Json;
import dev.leasehold.store.Lanes;
import dev.leasehold.store.Ledger;
import dev.leasehold.store.Nodes;
import dev.leasehold.store.TaskRow;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Tells why a task is not running now. What its row says comes first; then who owns its lane; for a task that is active,
 * due, and of a lane of this node, the engine itself says what is in the way.
 */
final class WhyRoute {

    private final Database database;
    private final Engine engine;

    WhyRoute(Database database, Engine engine) {
        this.database = database;
        this.engine = engine;
    }

    Endpoint endpoint() {
        return Endpoint.get("/api/v1/tasks/{id}/why", Scope.READ, this::answer);
    }

    private record Seen(
            Optional<TaskRow> task,
            Optional<Ledger.Entry> entry,
            Optional<Lanes.Lane> lane,
            Optional<Nodes.Node> owner,
            List<Long> needs,
            Instant now) {}

    private record Why(
            String code, String message, @Nullable Instant until) {
        Why(String code, String message) {
            this(code, message, null);
        }
    }

    private static final Why STOPPED_BY_DEPENDENCY = new Why(
            "needs_intervention",
            "a task that it waits for was cancelled, and so never succeeds. It waits for a person: resume or run lets it run"
                    + " without that task, cancel ends it");

    private static boolean isStoppedByDependency(TaskRow task) {
        String pattern = task.pattern();
        return pattern != null && Json.tree(pattern).path("reason").asText("").equals("dependency");
    }

    private CompletionStage<HttpResponse> answer(Call call) {
        long id = TaskLookup.id(call);
        SqlWork<Seen> work = connection -> {
            Optional<TaskRow> task = TaskLookup.anywhere(id).apply(connection);
            Optional<Lanes.Lane> lane = Lanes.list(connection).stream()
                    .filter(each -> task.isPresent() && each.no() == task.get().lane())
                    .findFirst();
            return new Seen(
                    task,
                    Ledger.ofTasks(connection, List.of(id)).stream().findFirst(),
                    lane,
                    Nodes.list(connection).stream()
                            .filter(node -> lane.isPresent()
                                    && node.incarnation().equals(lane.get().owner()))
                            .findFirst(),
                    Dependencies.open(connection, id),
                    DatabaseClock.now(connection));
        };
        return database.read("why", work).thenCompose(seen -> {
            TaskRow task = seen.task().orElseThrow(() -> TaskLookup.notThere(id));
            return why(task, seen).thenApply(why -> show(task, seen, why));
        });
    }

    private CompletionStage<Why> why(TaskRow task, Seen seen) {
        Optional<Why> known = byRow(task, seen).or(() -> byLane(task, seen));
        return known.isPresent()
                ? CompletableFuture.completedFuture(known.get())
                : engine.obstacle(task)
                        .thenApply(obstacle -> new Why(obstacle.kind().label(), obstacle.message(), obstacle.until()));
    }

    private Optional<Why> byRow(TaskRow task, Seen seen) {
        if (seen.entry().isPresent() && !task.state().equals("done")) {
            return Optional.of(new Why(
                    Obstacle.Kind.RUNNING.label(),
                    "a run of it is under way on node " + seen.entry().get().node()));
        }
        Instant due = task.dueAt();
        return switch (task.state()) {
            case "active" ->
                due != null && due.isAfter(seen.now())
                        ? Optional.of(new Why(
                                "due_later",
                                "it is due in "
                                        + Duration.between(seen.now(), due).toSeconds() + " s"
                                        + (task.attempt() > 1
                                                ? ", for attempt " + task.attempt() + " of its run"
                                                : "")))
                        : Optional.empty();
            case "blocked" ->
                Optional.of(new Why(
                        "blocked",
                        "it runs after the success of " + seen.needs().size() + " more tasks, the first of them "
                                + seen.needs().stream()
                                        .findFirst()
                                        .map(String::valueOf)
                                        .orElse("just over")));
            case "paused" -> Optional.of(new Why("paused", "somebody has paused it; resume sets it going"));
            case "needs_intervention" ->
                Optional.of(
                        isStoppedByDependency(task)
                                ? STOPPED_BY_DEPENDENCY
                                : new Why(
                                        "needs_intervention",
                                        "its failures have stopped it; failure_pattern of the task says why"
                                                + (due == null
                                                        ? ". It waits for a person: redrive, run or cancel lead out"
                                                        : ". It is tried once more by itself at " + due)));
            default -> Optional.of(new Why(task.state(), "it is " + task.state() + " and never runs again"));
        };
    }

    private Optional<Why> byLane(TaskRow task, Seen seen) {
        if (seen.lane().isEmpty()) {
            return Optional.of(
                    new Why("lane_missing", "its lane " + task.lane() + " does not exist; the doctor repairs this"));
        }
        Lanes.Lane lane = seen.lane().get();
        String owner = lane.owner();
        if (owner == null || lane.ownerStopped()) {
            return Optional.of(new Why("lane_without_owner", "no node owns its lane " + lane.no() + " right now"));
        }
        return owner.equals(engine.status().incarnation())
                ? Optional.empty()
                : Optional.of(new Why(
                        "lane_elsewhere",
                        "its lane " + lane.no() + " is owned by node " + owner + ", which alone knows more: "
                                + seen.owner()
                                        .map(node ->
                                                "ask http://" + node.name() + "/api/v1/tasks/" + task.id() + "/why")
                                        .orElse("ask there")));
    }

    private static HttpResponse show(TaskRow task, Seen seen, Why why) {
        ObjectNode json = Views.object()
                .put("task_id", Long.toString(task.id()))
                .put("code", why.code())
                .put("message", why.message())
                .put("state", task.state())
                .put("until", Views.text(why.until()))
                .put("due_at", Views.text(task.dueAt()))
                .put("now", seen.now().toString())
                .put("lane", task.lane())
                .put("owner", seen.lane().map(Lanes.Lane::owner).orElse(null));
        return Answers.ok(json);
    }
}
