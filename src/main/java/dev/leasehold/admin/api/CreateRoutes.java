package dev.leasehold.admin.api;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawHeader;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.ErrorCode;
import dev.leasehold.admin.http.Fault;
import dev.leasehold.admin.http.Faults;
import dev.leasehold.admin.http.Principal;
import dev.leasehold.admin.http.Problem;
import dev.leasehold.admin.http.ProblemException;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.admin.http.StrictJson;
import dev.leasehold.engine.Engine;
import dev.leasehold.lease.SqlWork;
import dev.leasehold.store.DatabaseClock;
import dev.leasehold.store.IdempotencyKeys;
import dev.leasehold.store.JobScheduled;
import dev.leasehold.store.NewTask;
import dev.leasehold.store.TaskRow;
import dev.leasehold.store.Tasks;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Creates tasks: one, or many in one transaction. The lanes are told after the COMMIT. */
final class CreateRoutes {

    static final int LARGEST_ONE = 1024 * 1024;
    private static final int LARGEST_BULK = 16 * 1024 * 1024;
    private static final int MOST_AT_ONCE = 10_000;
    private static final int LONGEST_IDEMPOTENCY_KEY = 255;

    private final Database database;
    private final Engine engine;
    private final TaskLookup lookup;
    private final TaskReader reader;
    private final BulkLines lines;

    CreateRoutes(Database database, Engine engine, TaskLookup lookup) {
        this.database = database;
        this.engine = engine;
        this.lookup = lookup;
        this.reader = new TaskReader(engine.types());
        this.lines = new BulkLines(database, engine, reader);
    }

    List<Endpoint> endpoints() {
        return List.of(
                Endpoint.post("/api/v1/tasks", Scope.EDIT, this::create),
                Endpoint.post("/api/v1/tasks/bulk", Scope.EDIT, this::createMany));
    }

    private CompletionStage<HttpResponse> create(Call call) {
        Optional<String> key = idempotencyKey(call);
        return call.jsonBytes(LARGEST_ONE).thenCompose(body -> {
            Faults faults = new Faults();
            Optional<TaskDraft> draft = reader.read(StrictJson.read(body), "", caller(call), faults);
            faults.check();
            return create(draft.orElseThrow(), key, sha256(body), call.who());
        });
    }

    private CompletionStage<HttpResponse> create(TaskDraft draft, Optional<String> key, byte[] hash, String who) {
        SqlWork<Answered> work = connection -> {
            if (key.isPresent()) {
                Optional<IdempotencyKeys.Used> used = IdempotencyKeys.find(connection, draft.tenant(), key.get(), hash);
                if (used.isPresent()) {
                    return replay(used.get()).apply(connection);
                }
            }
            Instant now = draft.needsClock() ? DatabaseClock.now(connection) : Instant.EPOCH;
            List<NewTask> rows = List.of(row(draft, now));
            List<Tasks.Created> answers = createRows(connection, rows);
            JobScheduled.insert(connection, node(engine), who, rows, answers);
            Tasks.Created created = answers.get(0);
            if (key.isPresent()) {
                IdempotencyKeys.insert(connection, draft.tenant(), key.get(), hash, created.id(), List.of());
            }
            List<TaskRow> row =
                    TaskLookup.anywhere(created.id()).apply(connection).stream().toList();
            return new Answered(Optional.of(created), TaskLookup.found(row).apply(connection));
        };
        return database.change("create", work).thenApply(answered -> {
            answered.created().filter(Tasks.Created::created).ifPresent(created -> engine.created(List.of(created)));
            return answer(answered);
        });
    }

    /** What one creation led to; nothing was created where a key was used before. */
    private record Answered(Optional<Tasks.Created> created, TaskLookup.Found found) {}

    private static SqlWork<Answered> replay(IdempotencyKeys.Used used) {
        return connection -> {
            checkSameBody(used);
            List<TaskRow> row = TaskLookup.anywhere(used.taskId()).apply(connection).stream()
                    .toList();
            if (row.isEmpty()) {
                throw TaskLookup.notThere(used.taskId());
            }
            return new Answered(Optional.empty(), TaskLookup.found(row).apply(connection));
        };
    }

    static void checkSameBody(IdempotencyKeys.Used used) {
        if (!used.sameBody()) {
            throw new ProblemException(
                    ErrorCode.IDEMPOTENCY_CONFLICT,
                    "the Idempotency-Key was used within the last 24 hours with another body");
        }
    }

    private HttpResponse answer(Answered answered) {
        boolean isNew = answered.created().map(Tasks.Created::created).orElse(false);
        ObjectNode task = lookup.show(answered.found()).get(0).put("created", isNew);
        return Answers.json(isNew ? 201 : 200, task)
                .addHeader(RawHeader.create(
                        "Location", "/api/v1/tasks/" + task.get("id").textValue()))
                .addHeader(RawHeader.create("ETag", task.get("etag").textValue()));
    }

    private CompletionStage<HttpResponse> createMany(Call call) {
        return call.mediaType().equals(BulkLines.MEDIA_TYPE)
                ? lines.answer(call)
                : call.json(LARGEST_BULK).thenCompose(json -> createAll(readAll(json, caller(call)), call.who()));
    }

    private List<TaskDraft> readAll(JsonNode json, Principal caller) {
        Faults faults = new Faults();
        if (!json.isArray()) {
            faults.add("$", "the body must be an array of tasks");
        } else if (json.size() > MOST_AT_ONCE) {
            faults.add(
                    "$",
                    "at most " + MOST_AT_ONCE + " tasks at once, not " + json.size()
                            + "; application/x-ndjson has no limit");
        }
        faults.check();
        List<TaskDraft> drafts = new ArrayList<>(json.size());
        for (int i = 0; i < json.size(); i++) {
            reader.read(json.get(i), "[" + i + "]", caller, faults).ifPresent(drafts::add);
        }
        faults.check();
        return drafts;
    }

    private CompletionStage<HttpResponse> createAll(List<TaskDraft> drafts, String who) {
        return database.change("bulk", insert(drafts, node(engine), who)).thenApply(created -> {
            engine.created(created.stream().filter(Tasks.Created::created).toList());
            long isNew = created.stream().filter(Tasks.Created::created).count();
            ObjectNode json = Views.object().put("created", isNew).put("existing", created.size() - isNew);
            ArrayNode ids = json.putArray("ids");
            created.forEach(one -> ids.add(Long.toString(one.id())));
            return Answers.ok(json);
        });
    }

    static NewTask row(TaskDraft draft, Instant now) {
        try {
            return draft.row(now);
        } catch (IllegalArgumentException over) {
            throw new ProblemException(
                    Problem.invalid(List.of(new Fault("schedule", String.valueOf(over.getMessage())))));
        }
    }

    static String node(Engine engine) {
        return engine.status().incarnation();
    }

    /** The rows of the drafts, in the caller's transaction. */
    static SqlWork<List<Tasks.Created>> insert(List<TaskDraft> drafts, String node, String who) {
        return connection -> {
            boolean needsClock = drafts.stream().anyMatch(TaskDraft::needsClock);
            Instant now = needsClock ? DatabaseClock.now(connection) : Instant.EPOCH;
            Faults faults = new Faults();
            List<NewTask> rows = new ArrayList<>(drafts.size());
            for (int i = 0; i < drafts.size(); i++) {
                try {
                    rows.add(drafts.get(i).row(now));
                } catch (IllegalArgumentException over) {
                    faults.add("[" + i + "].schedule", String.valueOf(over.getMessage()));
                }
            }
            faults.check();
            if (rows.isEmpty()) {
                return List.of();
            }
            List<Tasks.Created> created = createRows(connection, rows);
            JobScheduled.insert(connection, node, who, rows, created);
            return created;
        };
    }

    private static List<Tasks.Created> createRows(Connection connection, List<NewTask> rows) throws SQLException {
        try {
            return Tasks.create(connection, rows);
        } catch (IllegalArgumentException unmet) {
            throw new ProblemException(
                    Problem.invalid(List.of(new Fault("after", String.valueOf(unmet.getMessage())))));
        }
    }

    static Optional<String> idempotencyKey(Call call) {
        Optional<String> key = call.header("Idempotency-Key");
        Faults faults = new Faults();
        if (key.isPresent() && !key.get().matches("[!-~]{1," + LONGEST_IDEMPOTENCY_KEY + "}")) {
            faults.add(
                    "Idempotency-Key",
                    "Idempotency-Key must be 1 to " + LONGEST_IDEMPOTENCY_KEY + " visible ASCII characters");
        }
        faults.check();
        return key;
    }

    static Principal caller(Call call) {
        return call.principal().orElseThrow(() -> new IllegalStateException("the gate let a stranger pass"));
    }

    static byte[] sha256(byte[] body) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(body);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
