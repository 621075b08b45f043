package dev.leasehold.admin.api;

import akka.http.javadsl.model.HttpResponse;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.Problem;
import dev.leasehold.admin.http.ProblemException;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.store.Audit;
import dev.leasehold.store.TypeRests;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Types that rest since their runs kept losing their leases, and the way out for a person who has mended one. */
final class TypeRestRoutes {

    private final Database database;

    TypeRestRoutes(Database database) {
        this.database = database;
    }

    List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get("/api/v1/types/resting", Scope.READ, this::list),
                Endpoint.post("/api/v1/types/{name}/release", Scope.OPERATE, this::release));
    }

    private CompletionStage<HttpResponse> list(Call call) {
        call.query().check();
        return database.read("resting types", TypeRests::list)
                .thenApply(rests -> Answers.page(rests, TypeRestRoutes::view, null));
    }

    private static ObjectNode view(TypeRests.Rest rest) {
        return Views.object()
                .put("type", rest.type())
                .put("state", rest.isResting() ? "resting" : "probing")
                .put("since", rest.since().toString())
                .put("until", rest.until().toString())
                .put("node", rest.node())
                .put("message", rest.message());
    }

    private CompletionStage<HttpResponse> release(Call call) {
        String type = call.parameter("name");
        call.query().check();
        return database.change("release type", connection -> {
                    String message = "type " + type + " released by " + call.who();
                    if (type.indexOf(0) >= 0 || !TypeRests.release(connection, type, "api", message)) {
                        throw new ProblemException(Problem.notFound("such a resting type"));
                    }
                    Audit.insert(connection, call.who(), "type.release", type, call.requestId(), null);
                    return type;
                })
                .thenApply(released -> Answers.json(202, Views.object().put("type", released)));
    }
}
