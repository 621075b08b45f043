package dev.leasehold.admin.api;

import akka.http.javadsl.model.HttpResponse;
import com.fasterxml.jackson.databind.node.ArrayNode;
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
import dev.leasehold.engine.RunningView;
import dev.leasehold.lease.SqlWork;
import dev.leasehold.store.Ledger;
import dev.leasehold.store.Runs;
import dev.leasehold.store.TaskRow;
import dev.leasehold.store.Tasks;
import dev.leasehold.task.RunId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The history of runs, one row an attempt, and what is under way. */
final class RunRoutes {

    private static final String LIST = "runs";
    private static final String RUNNING = "running";
    private static final Set<String> OUTCOMES =
            Set.of("success", "partial", "skipped", "failed", "cancelled", "running");

    private final Database database;
    private final Engine engine;

    RunRoutes(Database database, Engine engine) {
        this.database = database;
        this.engine = engine;
    }

    List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get("/api/v1/runs", Scope.READ, call -> list(call, null)),
                Endpoint.get("/api/v1/runs/{id}", Scope.READ, this::one),
                Endpoint.get("/api/v1/tasks/{id}/runs", Scope.READ, this::ofTask));
    }

    private CompletionStage<HttpResponse> ofTask(Call call) {
        long id = TaskLookup.id(call);
        return database.read("task runs", TaskLookup.anywhere(id)).thenCompose(task -> {
            if (task.isEmpty()) {
                throw TaskLookup.notThere(id);
            }
            return list(call, id);
        });
    }

    private CompletionStage<HttpResponse> list(Call call, @Nullable Long ofTask) {
        Query query = call.query();
        int limit = query.limit();
        String outcome = query.oneOf("outcome", OUTCOMES);
        if ("running".equals(outcome)) {
            return underWay(query, ofTask, limit);
        }
        Optional<Runs.Position> after = Cursor.read(query, LIST, 4)
                .map(cursor ->
                        new Runs.Position(cursor.instant(0), cursor.number(1), cursor.integer(2), cursor.integer(3)));
        String type = query.text("type");
        String tenant = query.text("tenant");
        @Nullable Long task = ofTask == null ? taskId(query) : ofTask;
        query.check();
        Runs.Filter filter = new Runs.Filter(task, type, tenant, outcome, after.orElse(null), limit + 1);
        return database.read("runs", connection -> Runs.list(connection, filter))
                .thenApply(found -> {
                    List<Runs.Row> page = found.size() > limit ? found.subList(0, limit) : found;
                    String next = found.size() > limit ? position(page.get(page.size() - 1)) : null;
                    return Answers.page(page, Views::run, next);
                });
    }

    private static String position(Runs.Row run) {
        return Cursor.write(LIST, run.finishedAt(), run.taskId(), run.runNo(), run.attempt());
    }

    private static @Nullable Long taskId(Query query) {
        String text = query.text("task_id");
        if (text == null) {
            return null;
        }
        if (!text.matches("[0-9]{1,18}")) {
            query.faults().add("task_id", "task_id must be the id of a task, not '" + text + "'");
            return null;
        }
        return Long.valueOf(text);
    }

    /** Runs of this node as its engine knows them, and those of other nodes from the ledger; the newest first. */
    private CompletionStage<HttpResponse> underWay(Query query, @Nullable Long ofTask, int limit) {
        Optional<Ledger.Position> after =
                Cursor.read(query, RUNNING, 2).map(cursor -> new Ledger.Position(cursor.instant(0), cursor.number(1)));
        String type = query.text("type");
        String tenant = query.text("tenant");
        @Nullable Long task = ofTask == null ? taskId(query) : ofTask;
        query.check();
        String node = engine.status().incarnation();
        List<UnderWay> runs = new ArrayList<>();
        // Cut only after the filter: the wanted ones may all be behind the limit.
        for (RunningView run : engine.running(Integer.MAX_VALUE)) {
            UnderWay own = new UnderWay(run.startedAt(), run.taskId(), Views.run(run, node));
            if (matches(type, run.type())
                    && matches(tenant, run.tenant())
                    && (task == null || task == run.taskId())
                    && after.map(own::isBehind).orElse(true)) {
                runs.add(own);
            }
        }
        Ledger.Filter filter = new Ledger.Filter(type, tenant, task, node, after.orElse(null));
        return database.read("running", connection -> Ledger.list(connection, filter, limit + 1))
                .thenApply(entries -> {
                    entries.forEach(
                            entry -> runs.add(new UnderWay(entry.startedAt(), entry.taskId(), Views.run(entry))));
                    runs.sort(Comparator.comparing(UnderWay::startedAt)
                            .thenComparing(UnderWay::taskId)
                            .reversed());
                    List<UnderWay> page = runs.subList(0, Math.min(limit, runs.size()));
                    String next = runs.size() > limit
                            ? Cursor.write(
                                    RUNNING,
                                    page.get(limit - 1).startedAt(),
                                    page.get(limit - 1).taskId())
                            : null;
                    return Answers.page(page, UnderWay::json, next);
                });
    }

    private record UnderWay(Instant startedAt, long taskId, ObjectNode json) {

        /** By the order of the list: the newest first. */
        boolean isBehind(Ledger.Position position) {
            int older = startedAt.compareTo(position.startedAt());
            return older < 0 || (older == 0 && taskId < position.taskId());
        }
    }

    private static boolean matches(@Nullable String wanted, String actual) {
        return wanted == null || wanted.equals(actual);
    }

    /** The last attempt of a run, with those before it; a run that waits or is under way has no outcome yet. */
    private CompletionStage<HttpResponse> one(Call call) {
        RunId id = runId(call.parameter("id"));
        long task = id.task().value();
        SqlWork<Known> work = connection -> new Known(
                Runs.ofRun(connection, task, id.number()),
                Ledger.ofTasks(connection, List.of(task)).stream()
                        .filter(entry -> entry.runNo() == id.number())
                        .findFirst(),
                Tasks.get(connection, task).filter(row -> row.runNo() == id.number()));
        return database.read("run", work).thenApply(known -> show(id, known));
    }

    private record Known(List<Runs.Row> ended, Optional<Ledger.Entry> entry, Optional<TaskRow> task) {}

    private HttpResponse show(RunId id, Known known) {
        boolean over = !known.ended().isEmpty() && known.ended().get(0).isFinal();
        Optional<ObjectNode> current = over ? Optional.empty() : current(id, known);
        if (current.isEmpty() && known.ended().isEmpty()) {
            throw new ProblemException(Problem.notFound("run " + id));
        }
        ObjectNode json = current.orElseGet(() -> Views.run(known.ended().get(0)));
        ArrayNode attempts = json.putArray("attempts");
        known.ended().forEach(attempt -> attempts.add(Views.run(attempt)));
        return Answers.ok(json);
    }

    private Optional<ObjectNode> current(RunId id, Known known) {
        return engine.running(id.task().value())
                .filter(run -> run.runNo() == id.number())
                .map(run -> Views.run(run, engine.status().incarnation()))
                .or(() -> known.entry().map(Views::run))
                .or(() -> known.task()
                        .filter(task -> task.state().equals("active"))
                        .map(Views::waitingRun));
    }

    private static RunId runId(String text) {
        try {
            return RunId.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ProblemException(Problem.notFound("such a run"));
        }
    }
}
