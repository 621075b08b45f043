package dev.leasehold.admin.api;

import akka.http.javadsl.model.HttpResponse;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.Fault;
import dev.leasehold.admin.http.Faults;
import dev.leasehold.admin.http.Problem;
import dev.leasehold.admin.http.ProblemException;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.admin.http.StrictJson;
import dev.leasehold.engine.Engine;
import dev.leasehold.lease.SqlWork;
import dev.leasehold.store.Batches;
import dev.leasehold.store.DatabaseClock;
import dev.leasehold.store.IdempotencyKeys;
import dev.leasehold.store.JobScheduled;
import dev.leasehold.store.NewTask;
import dev.leasehold.store.TaskRow;
import dev.leasehold.store.Tasks;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** Batches: many tasks and one that runs when all of them have succeeded. */
final class BatchRoutes {

    private static final int LARGEST = 16 * 1024 * 1024;
    private static final int MOST = 10_000;

    private final Database database;
    private final Engine engine;
    private final TaskReader reader;

    BatchRoutes(Database database, Engine engine) {
        this.database = database;
        this.engine = engine;
        this.reader = new TaskReader(engine.types());
    }

    List<Endpoint> endpoints() {
        return List.of(
                Endpoint.post("/api/v1/batches", Scope.EDIT, this::create),
                Endpoint.get("/api/v1/batches/{id}", Scope.READ, this::one));
    }

    private record Drafts(List<TaskDraft> members, TaskDraft completion) {}

    private CompletionStage<HttpResponse> create(Call call) {
        Optional<String> key = CreateRoutes.idempotencyKey(call);
        return call.jsonBytes(LARGEST).thenCompose(body -> {
            Drafts drafts = read(StrictJson.read(body), call);
            SqlWork<Answered> work = connection -> insert(connection, drafts, key, body, call.who());
            return database.change("create batch", work).thenApply(this::answer);
        });
    }

    /** What one request led to; nothing was created where a key was used before. */
    private record Answered(long completion, List<Long> members, Optional<Batches.Created> created) {}

    private Answered insert(Connection connection, Drafts drafts, Optional<String> key, byte[] body, String who)
            throws SQLException {
        String tenant = drafts.completion().tenant();
        byte[] hash = CreateRoutes.sha256(body);
        if (key.isPresent()) {
            Optional<IdempotencyKeys.Used> used = IdempotencyKeys.find(connection, tenant, key.get(), hash);
            if (used.isPresent()) {
                CreateRoutes.checkSameBody(used.get());
                return new Answered(used.get().taskId(), used.get().members(), Optional.empty());
            }
        }
        Instant now = DatabaseClock.now(connection);
        List<NewTask> members = new ArrayList<>();
        for (TaskDraft each : drafts.members()) {
            members.add(CreateRoutes.row(each, now));
        }
        Batches.Created created;
        try {
            NewTask completion = CreateRoutes.row(drafts.completion(), now);
            created = Batches.create(connection, members, completion);
            JobScheduled.insert(
                    connection, CreateRoutes.node(engine), who, created.rows(members, completion), created.all());
        } catch (IllegalArgumentException e) {
            throw new ProblemException(
                    Problem.invalid(List.of(new Fault("completion", String.valueOf(e.getMessage())))));
        }
        long id = created.completion().id();
        List<Long> ids = created.members().stream().map(Tasks.Created::id).toList();
        if (key.isPresent()) {
            IdempotencyKeys.insert(connection, tenant, key.get(), hash, id, ids);
        }
        return new Answered(id, ids, Optional.of(created));
    }

    private Drafts read(JsonNode body, Call call) {
        Faults faults = new Faults();
        if (!body.isObject()) {
            faults.add("$", "the body must be an object");
        }
        faults.check();
        TaskFields fields = new TaskFields(body, "", faults);
        fields.refuseUnknown(Set.of("tasks", "completion"));
        JsonNode tasks = body.path("tasks");
        if (!tasks.isArray() || tasks.isEmpty() || tasks.size() > MOST) {
            faults.add("tasks", "tasks must be an array of 1 to " + MOST + " tasks");
        }
        faults.check();
        List<TaskDraft> members = new ArrayList<>();
        for (int i = 0; i < tasks.size(); i++) {
            reader.read(tasks.get(i), "tasks[" + i + "]", CreateRoutes.caller(call), faults)
                    .ifPresent(members::add);
        }
        Optional<TaskDraft> completion =
                reader.read(body.path("completion"), "completion", CreateRoutes.caller(call), faults);
        faults.check();
        return new Drafts(members, completion.orElseThrow());
    }

    private HttpResponse answer(Answered batch) {
        batch.created().ifPresent(created -> engine.created(created.created()));
        String id = Long.toString(batch.completion());
        ObjectNode json = Views.object().put("id", id).put("completion", id);
        ArrayNode ids = json.putArray("ids");
        batch.members().forEach(each -> ids.add(Long.toString(each)));
        return Answers.json(batch.created().isPresent() ? 201 : 200, json);
    }

    private record Found(Batches.Standing standing, Optional<TaskRow> completion) {}

    private CompletionStage<HttpResponse> one(Call call) {
        long id = TaskLookup.id(call);
        return database.read("batch", connection -> {
                    Batches.Standing standing = Batches.get(connection, id)
                            .orElseThrow(() -> new ProblemException(Problem.notFound("batch " + id)));
                    return new Found(standing, TaskLookup.anywhere(id).apply(connection));
                })
                .thenApply(found -> Answers.ok(Views.object()
                        .put("id", Long.toString(id))
                        .put("completion", Long.toString(id))
                        .put("size", found.standing().size())
                        .put("open", found.standing().open())
                        .put("stopped", found.standing().stopped())
                        .put("state", found.completion().map(TaskRow::state).orElse(null))
                        .put("created_at", found.standing().createdAt().toString())));
    }
}
