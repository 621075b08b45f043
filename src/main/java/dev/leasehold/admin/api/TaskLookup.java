package dev.leasehold.admin.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Problem;
import dev.leasehold.admin.http.ProblemException;
import dev.leasehold.engine.Engine;
import dev.leasehold.lease.SqlWork;
import dev.leasehold.store.Dependencies;
import dev.leasehold.store.DoneTasks;
import dev.leasehold.store.Ledger;
import dev.leasehold.store.Runs;
import dev.leasehold.store.TaskRow;
import dev.leasehold.store.Tasks;
import dev.leasehold.task.TaskId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Finds tasks and puts their last runs beside them. */
final class TaskLookup {

    private final Database database;
    private final Engine engine;

    TaskLookup(Database database, Engine engine) {
        this.database = database;
        this.engine = engine;
    }

    /** Tasks with the last run of each, as the database shows them. */
    record Found(
            List<TaskRow> tasks,
            Map<Long, Runs.Row> lastRuns,
            Map<Long, Ledger.Entry> underWay,
            Map<Long, List<Long>> needs) {}

    /** The number in the path; a text that is no id is the id of nothing. */
    static long id(Call call) {
        String text = call.parameter("id");
        try {
            return TaskId.parse(text).value();
        } catch (IllegalArgumentException e) {
            throw notThere(text);
        }
    }

    static ProblemException notThere(Object id) {
        return new ProblemException(Problem.notFound("task " + shortened(id.toString())));
    }

    private static String shortened(String text) {
        return text.length() > 40 ? text.substring(0, 40) + "…" : text;
    }

    /** In the table, or done and in history. */
    static SqlWork<Optional<TaskRow>> anywhere(long id) {
        return connection -> {
            Optional<TaskRow> task = Tasks.get(connection, id);
            return task.isPresent() ? task : DoneTasks.get(connection, id);
        };
    }

    /** One task; fails with 404 when there is none. */
    CompletionStage<ObjectNode> one(String route, long id) {
        SqlWork<Found> work = connection ->
                found(anywhere(id).apply(connection).stream().toList()).apply(connection);
        return database.read(route, work).thenApply(found -> {
            if (found.tasks().isEmpty()) {
                throw notThere(id);
            }
            return show(found).get(0);
        });
    }

    /** Looks up the last runs of these tasks, on the connection that found them. */
    static SqlWork<Found> found(List<TaskRow> tasks) {
        return connection -> {
            List<Long> ids = tasks.stream().map(TaskRow::id).toList();
            Map<Long, Runs.Row> runs = new HashMap<>();
            Map<Long, Ledger.Entry> entries = new HashMap<>();
            if (!ids.isEmpty()) {
                Runs.lastOfTasks(connection, ids).forEach(run -> runs.put(run.taskId(), run));
                Ledger.ofTasks(connection, ids).forEach(entry -> entries.put(entry.taskId(), entry));
            }
            Map<Long, List<Long>> needs = new HashMap<>();
            for (TaskRow task : tasks) {
                if (task.state().equals("blocked")) {
                    needs.put(task.id(), Dependencies.open(connection, task.id()));
                }
            }
            return new Found(tasks, runs, entries, needs);
        };
    }

    /** The JSON of each task, in order. */
    List<ObjectNode> show(Found found) {
        return found.tasks().stream().map(task -> show(task, found)).toList();
    }

    private ObjectNode show(TaskRow task, Found found) {
        boolean over = task.state().equals("done");
        Optional<ObjectNode> here = over
                ? Optional.empty()
                : engine.running(task.id())
                        .map(run -> Views.run(run, engine.status().incarnation()));
        Ledger.Entry elsewhere = found.underWay().get(task.id());
        Runs.Row ended = found.lastRuns().get(task.id());
        boolean running = here.isPresent() || elsewhere != null;
        ObjectNode last =
                here.orElse(elsewhere != null ? Views.run(elsewhere) : ended != null ? Views.run(ended) : null);
        ObjectNode json = Views.task(task, running, last);
        found.needs()
                .getOrDefault(task.id(), List.of())
                .forEach(id -> json.withArray("waits_for").add(Long.toString(id)));
        return json;
    }
}
