package dev.leasehold.admin.api;

import akka.http.javadsl.model.HttpResponse;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.Faults;
import dev.leasehold.admin.http.Problem;
import dev.leasehold.admin.http.ProblemException;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.engine.limit.LimitKey;
import dev.leasehold.store.Audit;
import dev.leasehold.store.Events;
import dev.leasehold.store.RunLimits;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** How many runs of a queue, a type or a tenant may go at once over all nodes; they obey within a second or two. */
final class LimitRoutes {

    private static final int LARGEST = 4 * 1024;
    private static final int MOST = 1_000_000;

    private final Database database;

    LimitRoutes(Database database) {
        this.database = database;
    }

    List<Endpoint> endpoints() {
        String one = "/api/v1/limits/{kind}/{name}";
        return List.of(
                Endpoint.get("/api/v1/limits", Scope.READ, this::list),
                Endpoint.get(one, Scope.READ, this::get),
                Endpoint.put(one, Scope.OPERATE, this::set),
                Endpoint.delete(one, Scope.OPERATE, this::remove));
    }

    private record Target(String kind, String name) {
        @Override
        public String toString() {
            return kind + " " + name;
        }
    }

    private CompletionStage<HttpResponse> list(Call call) {
        call.query().check();
        return database.read("limits", RunLimits::list)
                .thenApply(limits -> Answers.page(limits, LimitRoutes::view, null));
    }

    private CompletionStage<HttpResponse> get(Call call) {
        Target target = target(call);
        call.query().check();
        return database.read("limit", connection -> found(connection, target))
                .thenApply(limit -> Answers.ok(view(limit)));
    }

    private CompletionStage<HttpResponse> set(Call call) {
        Target target = target(call);
        call.query().check();
        return call.json(LARGEST).thenCompose(body -> {
            int maxRunning = maxRunning(body);
            return database.change("set limit", connection -> {
                        if (RunLimits.set(connection, target.kind(), target.name(), maxRunning, call.who())) {
                            note(connection, call, target, "set", "at most " + maxRunning + " runs at once");
                        }
                        return found(connection, target);
                    })
                    .thenApply(limit -> Answers.ok(view(limit)));
        });
    }

    private static int maxRunning(JsonNode body) {
        Faults faults = new Faults();
        if (!body.isObject()) {
            faults.add("$", "the body must be an object");
        }
        faults.check();
        new TaskFields(body, "", faults).refuseUnknown(Set.of("max_running"));
        JsonNode most = body.path("max_running");
        if (!most.isIntegralNumber() || !most.canConvertToInt() || most.intValue() < 1 || most.intValue() > MOST) {
            faults.add("max_running", "max_running must be a whole number from 1 to " + MOST);
        }
        faults.check();
        return most.intValue();
    }

    private CompletionStage<HttpResponse> remove(Call call) {
        Target target = target(call);
        call.query().check();
        return database.change("remove limit", connection -> {
                    RunLimits.Limit gone = found(connection, target);
                    RunLimits.remove(connection, target.kind(), target.name());
                    note(connection, call, target, "remove", "no limit any more");
                    return gone;
                })
                .thenApply(gone -> Answers.ok(view(gone)));
    }

    private static void note(Connection connection, Call call, Target target, String action, String what)
            throws SQLException {
        Audit.insert(connection, call.who(), "limit." + action, target.toString(), call.requestId(), null);
        String message = "limit on " + target + ": " + what + ", by " + call.who();
        Events.insert(connection, List.of(new Events.Event("limit_changed", null, null, null, null, message, null)));
    }

    private static RunLimits.Limit found(Connection connection, Target target) throws SQLException {
        return RunLimits.get(connection, target.kind(), target.name())
                .orElseThrow(() -> new ProblemException(Problem.notFound("a limit on this " + target.kind())));
    }

    private static ObjectNode view(RunLimits.Limit limit) {
        return Views.object()
                .put("kind", limit.kind())
                .put("name", limit.name())
                .put("max_running", limit.maxRunning())
                .put("set_at", limit.setAt().toString())
                .put("set_by", limit.setBy());
    }

    private static Target target(Call call) {
        String kind = call.parameter("kind");
        String name = call.parameter("name");
        if (LimitKey.Kind.of(kind).isEmpty()
                || name.isEmpty()
                || name.codePointCount(0, name.length()) > TaskFields.LONGEST_NAME
                || name.indexOf(0) >= 0) {
            throw new ProblemException(Problem.notFound("such a limit"));
        }
        return new Target(kind, name);
    }
}
