package dev.leasehold.admin.api;

import akka.http.javadsl.model.HttpResponse;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Cursor;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.engine.Engine;
import dev.leasehold.engine.RunningView;
import dev.leasehold.store.Audit;
import dev.leasehold.store.Events;
import dev.leasehold.store.Json;
import dev.leasehold.store.TaskAction;
import dev.leasehold.store.TaskRow;
import dev.leasehold.store.TaskSelections;
import dev.leasehold.store.TaskSelections.Piece;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Does one thing to all tasks that match: dead letters set going again, a type paused, a tenant's tasks cancelled. A
 * thousand a transaction, each with its events; one audit row a transaction says who did it and by which filter. A call
 * that finds more than it can do in its time answers where the next one goes on.
 */
final class BulkActionRoute {

    private static final int A_TRANSACTION = 1000;
    private static final int MOST_SHOWN = 100;
    private static final int LARGEST = 256 * 1024;
    private static final Duration LONGEST = Duration.ofSeconds(8);

    private final Database database;
    private final Engine engine;
    private final Clock clock;

    BulkActionRoute(Database database, Engine engine, Clock clock) {
        this.database = database;
        this.engine = engine;
        this.clock = clock;
    }

    Endpoint endpoint() {
        return Endpoint.post("/api/v1/tasks/actions", Scope.OPERATE, this::answer);
    }

    private CompletionStage<HttpResponse> answer(Call call) {
        return call.json(LARGEST).thenCompose(json -> {
            BulkAction asked = BulkAction.read(json);
            return asked.dryRun() ? tell(asked) : act(call, json.path("filter").toString(), asked);
        });
    }

    private CompletionStage<HttpResponse> tell(BulkAction asked) {
        Piece piece = piece(asked, asked.afterId(), MOST_SHOWN);
        return database.read("actions", connection -> {
            long matched = TaskSelections.count(connection, asked.action(), asked.selection(), piece);
            return show(
                    asked, matched, TaskSelections.show(connection, asked.action(), asked.selection(), piece), null);
        });
    }

    /** What a call has done so far. */
    private static final class Progress {
        private final List<TaskRow> shown = new ArrayList<>();
        private long changed;
        private long at;
        private boolean over;
    }

    private CompletionStage<HttpResponse> act(Call call, String filter, BulkAction asked) {
        Progress progress = new Progress();
        progress.at = asked.afterId();
        Instant end = clock.instant().plus(LONGEST);
        return pieces(call, filter, asked, progress, end).thenApply(done -> {
            String next = progress.over ? null : Cursor.write(BulkAction.LIST, progress.at);
            return show(asked, progress.changed, progress.shown, next);
        });
    }

    private CompletionStage<Progress> pieces(
            Call call, String filter, BulkAction asked, Progress progress, Instant end) {
        return database.change("actions", connection -> {
                    Piece piece = piece(asked, progress.at, A_TRANSACTION);
                    List<TaskRow> changed = TaskSelections.apply(connection, asked.action(), asked.selection(), piece);
                    if (!changed.isEmpty()) {
                        String action = TaskEvents.label(asked.action());
                        String node = engine.status().incarnation();
                        Events.insert(
                                connection,
                                changed.stream()
                                        .map(task -> TaskEvents.of(action, task, call.who(), node))
                                        .toList());
                        String data = "{\"filter\":" + filter + ",\"tasks\":" + changed.size() + "}";
                        Audit.insert(connection, call.who(), "tasks." + action, null, call.requestId(), data);
                    }
                    return changed;
                })
                .handle((changed, failure) -> {
                    if (changed != null) {
                        took(changed, progress);
                        boolean late = clock.instant().isAfter(end);
                        return progress.over || late
                                ? CompletableFuture.completedFuture(progress)
                                : pieces(call, filter, asked, progress, end);
                    }
                    // What was done before is done: the answer says where to go on rather than that it failed.
                    return progress.changed > 0
                            ? CompletableFuture.completedFuture(progress)
                            : CompletableFuture.<Progress>failedFuture(failure);
                })
                .thenCompose(next -> next);
    }

    private void took(List<TaskRow> changed, Progress progress) {
        changed.forEach(engine::changed);
        progress.changed += changed.size();
        progress.over = changed.size() < A_TRANSACTION;
        List<TaskRow> ordered =
                changed.stream().sorted(Comparator.comparingLong(TaskRow::id)).toList();
        if (!ordered.isEmpty()) {
            progress.at = ordered.get(ordered.size() - 1).id();
        }
        ordered.stream().limit(MOST_SHOWN - progress.shown.size()).forEach(progress.shown::add);
    }

    private Piece piece(BulkAction asked, long afterId, int limit) {
        List<Long> underWay = asked.action() == TaskAction.RUN
                ? engine.running(Integer.MAX_VALUE).stream()
                        .map(RunningView::taskId)
                        .toList()
                : List.of();
        return new Piece(afterId, underWay, limit);
    }

    private static HttpResponse show(BulkAction asked, long matched, List<TaskRow> tasks, @Nullable String next) {
        ObjectNode json = Json.MAPPER
                .createObjectNode()
                .put("action", TaskEvents.label(asked.action()))
                .put("dry_run", asked.dryRun())
                .put("matched", matched)
                .put("changed", asked.dryRun() ? 0 : matched);
        ArrayNode items = json.putArray("items");
        tasks.forEach(task -> items.addObject()
                .put("id", Long.toString(task.id()))
                .put("type", task.type())
                .put("key", task.keyOrId())
                .put("tenant", task.tenant())
                .put("state", task.state())
                .put("due_at", Views.text(task.dueAt())));
        return Answers.ok(json.put("next", next));
    }
}
