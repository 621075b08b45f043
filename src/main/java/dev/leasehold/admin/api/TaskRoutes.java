package dev.leasehold.admin.api;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawHeader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Cursor;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.Query;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.store.DoneTasks;
import dev.leasehold.store.TaskRow;
import dev.leasehold.store.Tasks;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Shows tasks: many by filter, or one. */
final class TaskRoutes {

    private static final String LIST = "tasks";
    private static final Set<String> STATES =
            Set.of("active", "blocked", "paused", "needs_intervention", "done", "cancelled");

    private final Database database;
    private final TaskLookup lookup;

    TaskRoutes(Database database, TaskLookup lookup) {
        this.database = database;
        this.lookup = lookup;
    }

    List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get("/api/v1/tasks", Scope.READ, this::list),
                Endpoint.get("/api/v1/tasks/{id}", Scope.READ, this::get));
    }

    private CompletionStage<HttpResponse> get(Call call) {
        return lookup.one("task", TaskLookup.id(call))
                .thenApply(task -> Answers.ok(task)
                        .addHeader(RawHeader.create("ETag", task.get("etag").textValue())));
    }

    private CompletionStage<HttpResponse> list(Call call) {
        Query query = call.query();
        int limit = query.limit();
        String state = query.oneOf("state", STATES);
        @Nullable
        Long before =
                Cursor.read(query, LIST, 1).map(cursor -> cursor.number(0)).orElse(null);
        // One more than asked for tells whether there is a next page.
        Tasks.Filter filter = new Tasks.Filter(
                query.text("type"),
                state,
                query.text("tenant"),
                query.text("queue"),
                query.text("q"),
                before,
                limit + 1);
        query.check();
        boolean done = "done".equals(state);
        return database.read("tasks", connection -> {
                    List<TaskRow> rows = done ? DoneTasks.list(connection, filter) : Tasks.list(connection, filter);
                    List<TaskRow> page = rows.size() > limit ? rows.subList(0, limit) : rows;
                    return new Page(TaskLookup.found(page).apply(connection), rows.size() > limit);
                })
                .thenApply(page -> {
                    List<ObjectNode> tasks = lookup.show(page.found());
                    List<TaskRow> rows = page.found().tasks();
                    String next = page.more()
                            ? Cursor.write(LIST, rows.get(rows.size() - 1).id())
                            : null;
                    return Answers.page(tasks, Function.identity(), next);
                });
    }

    private record Page(TaskLookup.Found found, boolean more) {}
}
