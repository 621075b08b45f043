package dev.leasehold.admin.api;

import akka.http.javadsl.model.HttpResponse;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.Problem;
import dev.leasehold.admin.http.ProblemException;
import dev.leasehold.admin.http.Query;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.store.Audit;
import dev.leasehold.store.Events;
import dev.leasehold.store.Queues;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Named queues: how they stand, and their pause, which all nodes obey at once. */
final class QueueRoutes {

    private final Database database;

    QueueRoutes(Database database) {
        this.database = database;
    }

    List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get("/api/v1/queues", Scope.READ, this::list),
                Endpoint.post("/api/v1/queues/{name}/pause", Scope.OPERATE, this::pause),
                Endpoint.post("/api/v1/queues/{name}/resume", Scope.OPERATE, this::resume));
    }

    private CompletionStage<HttpResponse> list(Call call) {
        call.query().check();
        return database.read("queues", connection -> Queues.list(connection, null))
                .thenApply(queues -> Answers.page(queues, QueueRoutes::view, null));
    }

    private static ObjectNode view(Queues.Queue queue) {
        Queues.Pause pause = queue.pause();
        return Views.object()
                .put("name", queue.name())
                .put("paused", pause != null)
                .put("paused_at", pause == null ? null : pause.at().toString())
                .put("paused_by", pause == null ? null : pause.by())
                .put("reason", pause == null ? null : pause.reason())
                .put("tasks", queue.tasks())
                .put("due", queue.due())
                .put("oldest_due_at", Views.text(queue.oldestDueAt()));
    }

    /** Also a queue that has no tasks yet: the first ones shall not start. */
    private CompletionStage<HttpResponse> pause(Call call) {
        String name = name(call);
        Query query = call.query();
        String reason = query.text("reason");
        query.check();
        return change(call, name, "pause", connection -> Queues.pause(connection, name, call.who(), reason), reason);
    }

    private CompletionStage<HttpResponse> resume(Call call) {
        String name = name(call);
        call.query().check();
        return change(call, name, "resume", connection -> Queues.resume(connection, name), null);
    }

    private interface Change {
        boolean apply(Connection connection) throws SQLException;
    }

    private CompletionStage<HttpResponse> change(
            Call call, String name, String action, Change work, @Nullable String reason) {
        return database.change(action + " queue", connection -> {
                    if (work.apply(connection)) {
                        Audit.insert(connection, call.who(), "queue." + action, name, call.requestId(), null);
                        String message = "queue " + name + " " + action + "d by " + call.who()
                                + (reason == null ? "" : ": " + reason);
                        Events.insert(
                                connection,
                                List.of(new Events.Event(
                                        "queue_" + action + "d", null, null, null, null, message, null)));
                    }
                    return Queues.list(connection, name).stream()
                            .findFirst()
                            .orElse(new Queues.Queue(name, null, 0, 0, null));
                })
                .thenApply(queue -> Answers.json(202, view(queue)));
    }

    private static String name(Call call) {
        String name = call.parameter("name");
        if (name.codePointCount(0, name.length()) > TaskFields.LONGEST_NAME || name.indexOf(0) >= 0) {
            throw new ProblemException(Problem.notFound("such a queue"));
        }
        return name;
    }
}
