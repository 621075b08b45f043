package dev.leasehold.admin.api;

import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawHeader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.ErrorCode;
import dev.leasehold.admin.http.Fault;
import dev.leasehold.admin.http.Problem;
import dev.leasehold.admin.http.ProblemException;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.engine.Engine;
import dev.leasehold.lease.SqlWork;
import dev.leasehold.store.Audit;
import dev.leasehold.store.DatabaseClock;
import dev.leasehold.store.Events;
import dev.leasehold.store.TaskAction;
import dev.leasehold.store.TaskChanges;
import dev.leasehold.store.TaskRow;
import dev.leasehold.task.RunId;
import dev.leasehold.task.TaskId;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** What a person does to one task. The change, its audit row and the answer are of one transaction. */
final class ActionRoutes {

    private final Database database;
    private final Engine engine;
    private final TaskLookup lookup;

    ActionRoutes(Database database, Engine engine, TaskLookup lookup) {
        this.database = database;
        this.engine = engine;
        this.lookup = lookup;
    }

    List<Endpoint> endpoints() {
        return List.of(
                Endpoint.delete("/api/v1/tasks/{id}", Scope.OPERATE, this::cancel),
                Endpoint.post("/api/v1/tasks/{id}/run", Scope.OPERATE, this::run),
                Endpoint.post("/api/v1/tasks/{id}/pause", Scope.OPERATE, this::pause),
                Endpoint.post("/api/v1/tasks/{id}/resume", Scope.OPERATE, this::resume),
                new Endpoint(HttpMethods.PATCH, "/api/v1/tasks/{id}", Optional.of(Scope.EDIT), this::patch));
    }

    private CompletionStage<HttpResponse> cancel(Call call) {
        return change(call, TaskAction.CANCEL, this::accepted);
    }

    private CompletionStage<HttpResponse> pause(Call call) {
        return change(call, TaskAction.PAUSE, this::accepted);
    }

    private CompletionStage<HttpResponse> resume(Call call) {
        return change(call, TaskAction.RESUME, this::accepted);
    }

    private CompletionStage<HttpResponse> run(Call call) {
        long id = TaskLookup.id(call);
        if (engine.running(id).isPresent()) {
            throw new ProblemException(ErrorCode.STATE_CONFLICT, "a run of task " + id + " is under way already");
        }
        return change(call, TaskAction.RUN, (task, json) -> {
            if (task.running()) {
                throw new ProblemException(ErrorCode.STATE_CONFLICT, "a run of task " + id + " is under way already");
            }
            return Answers.json(202, json.put("run_id", new RunId(new TaskId(id), task.runNo()).toString()));
        });
    }

    private HttpResponse accepted(TaskRow task, ObjectNode json) {
        return Answers.json(202, json);
    }

    /**
     * Changes one task and tells its lane. If-Match is not asked for, but heeded where it is sent.
     */
    private CompletionStage<HttpResponse> change(
            Call call, TaskAction taken, BiFunction<TaskRow, ObjectNode, HttpResponse> answer) {
        long id = TaskLookup.id(call);
        String action = TaskEvents.label(taken);
        Optional<Long> seen = call.header("If-Match").flatMap(ActionRoutes::version);
        SqlWork<Changed> all = connection -> {
            Optional<TaskRow> changed = TaskChanges.apply(connection, taken, id);
            if (changed.isEmpty()) {
                throw refused(action, id, TaskLookup.anywhere(id).apply(connection));
            }
            if (seen.isPresent() && changed.get().version() != seen.get() + 1) {
                throw new ProblemException(ErrorCode.STALE, "the task was changed since you saw it; nothing was done");
            }
            if (taken == TaskAction.RUN && changed.get().running()) {
                throw new ProblemException(ErrorCode.STATE_CONFLICT, "a run of task " + id + " is under way already");
            }
            record(connection, call, action, changed.get(), null);
            return new Changed(
                    changed.get(), TaskLookup.found(List.of(changed.get())).apply(connection));
        };
        return database.change(action, all).thenApply(changed -> {
            engine.changed(changed.task());
            return answer.apply(changed.task(), lookup.show(changed.found()).get(0));
        });
    }

    private record Changed(TaskRow task, TaskLookup.Found found) {}

    /** In the audit for who did it, in the events for what happened to the task. */
    private void record(Connection connection, Call call, String action, TaskRow task, @Nullable String data)
            throws SQLException {
        Audit.insert(connection, call.who(), "task." + action, Long.toString(task.id()), call.requestId(), data);
        Events.insert(
                connection,
                List.of(TaskEvents.of(action, task, call.who(), engine.status().incarnation())));
    }

    private static ProblemException refused(String action, long id, Optional<TaskRow> task) {
        return task.isEmpty()
                ? TaskLookup.notThere(id)
                : new ProblemException(
                        ErrorCode.STATE_CONFLICT,
                        "cannot " + action + " task " + id + ": it is "
                                + task.get().state());
    }

    private CompletionStage<HttpResponse> patch(Call call) {
        long id = TaskLookup.id(call);
        Optional<Long> version = version(call.header("If-Match")
                .orElseThrow(() -> new ProblemException(
                        ErrorCode.PRECONDITION_REQUIRED, "send If-Match with the etag that you saw")));
        return call.json(CreateRoutes.LARGEST_ONE)
                .thenCompose(body -> database.change("patch", connection -> {
                    Optional<TaskRow> standing = TaskLookup.anywhere(id).apply(connection);
                    if (standing.isEmpty()) {
                        throw TaskLookup.notThere(id);
                    }
                    TaskPatch patch = TaskPatch.read(body, standing.get(), engine.types());
                    long expected = version.orElse(standing.get().version());
                    Optional<TaskRow> changed =
                            TaskChanges.patch(connection, id, expected, row(patch, DatabaseClock.now(connection)));
                    if (changed.isEmpty()) {
                        throw stale(standing.get(), expected);
                    }
                    record(connection, call, TaskEvents.PATCH, changed.get(), body.toString());
                    return new Changed(
                            changed.get(),
                            TaskLookup.found(List.of(changed.get())).apply(connection));
                }))
                .thenApply(changed -> {
                    engine.changed(changed.task());
                    ObjectNode json = lookup.show(changed.found()).get(0);
                    return Answers.ok(json)
                            .addHeader(RawHeader.create("ETag", json.get("etag").textValue()));
                });
    }

    private static TaskChanges.Patch row(TaskPatch patch, Instant now) {
        try {
            return patch.row(now);
        } catch (IllegalArgumentException over) {
            throw new ProblemException(
                    Problem.invalid(List.of(new Fault("schedule", String.valueOf(over.getMessage())))));
        }
    }

    private static ProblemException stale(TaskRow standing, long expected) {
        return standing.version() == expected
                ? new ProblemException(
                        ErrorCode.STATE_CONFLICT, "cannot change task " + standing.id() + ": it is " + standing.state())
                : new ProblemException(
                        ErrorCode.STALE, "the task was changed meanwhile; its etag is " + Views.etag(standing));
    }

    /** The version that the caller saw; empty for {@code *}, which asks only that the task is there. */
    private static Optional<Long> version(String ifMatch) {
        if (ifMatch.strip().equals("*")) {
            return Optional.empty();
        }
        String tag = ifMatch.strip().replaceAll("^\"|\"$", "");
        if (!tag.matches("[0-9]{1,18}")) {
            throw new ProblemException(ErrorCode.STALE, "If-Match names no version of this task");
        }
        return Optional.of(Long.parseLong(tag));
    }
}
