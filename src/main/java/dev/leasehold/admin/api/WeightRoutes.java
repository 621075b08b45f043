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
import dev.leasehold.store.Audit;
import dev.leasehold.store.Events;
import dev.leasehold.store.TenantWeights;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** By which weights tenants share starts where slots are short; nodes obey within a second or two. */
final class WeightRoutes {

    private static final int LARGEST = 4 * 1024;
    private static final int MOST = 1_000;

    private final Database database;

    WeightRoutes(Database database) {
        this.database = database;
    }

    List<Endpoint> endpoints() {
        String one = "/api/v1/weights/{tenant}";
        return List.of(
                Endpoint.get("/api/v1/weights", Scope.READ, this::list),
                Endpoint.get(one, Scope.READ, this::get),
                Endpoint.put(one, Scope.OPERATE, this::set),
                Endpoint.delete(one, Scope.OPERATE, this::remove));
    }

    private CompletionStage<HttpResponse> list(Call call) {
        call.query().check();
        return database.read("weights", TenantWeights::list)
                .thenApply(weights -> Answers.page(weights, WeightRoutes::view, null));
    }

    private CompletionStage<HttpResponse> get(Call call) {
        String tenant = tenant(call);
        call.query().check();
        return database.read("weight", connection -> found(connection, tenant))
                .thenApply(weight -> Answers.ok(view(weight)));
    }

    private CompletionStage<HttpResponse> set(Call call) {
        String tenant = tenant(call);
        call.query().check();
        return call.json(LARGEST).thenCompose(body -> {
            int weight = weight(body);
            return database.change("set weight", connection -> {
                        if (TenantWeights.set(connection, tenant, weight, call.who())) {
                            note(connection, call, tenant, "set", weight);
                        }
                        return found(connection, tenant);
                    })
                    .thenApply(set -> Answers.ok(view(set)));
        });
    }

    private static int weight(JsonNode body) {
        Faults faults = new Faults();
        if (!body.isObject()) {
            faults.add("$", "the body must be an object");
        }
        faults.check();
        new TaskFields(body, "", faults).refuseUnknown(Set.of("weight"));
        JsonNode weight = body.path("weight");
        if (!weight.isIntegralNumber()
                || !weight.canConvertToInt()
                || weight.intValue() < 1
                || weight.intValue() > MOST) {
            faults.add("weight", "weight must be a whole number from 1 to " + MOST);
        }
        faults.check();
        return weight.intValue();
    }

    private CompletionStage<HttpResponse> remove(Call call) {
        String tenant = tenant(call);
        call.query().check();
        return database.change("remove weight", connection -> {
                    TenantWeights.Row gone = found(connection, tenant);
                    TenantWeights.remove(connection, tenant);
                    note(connection, call, tenant, "remove", 1);
                    return gone;
                })
                .thenApply(gone -> Answers.ok(view(gone)));
    }

    private static void note(Connection connection, Call call, String tenant, String action, int weight)
            throws SQLException {
        Audit.insert(connection, call.who(), "weight." + action, tenant, call.requestId(), null);
        String message = "weight of tenant " + tenant + ": " + weight + ", by " + call.who();
        Events.insert(connection, List.of(new Events.Event("weight_changed", null, null, null, null, message, null)));
    }

    private static TenantWeights.Row found(Connection connection, String tenant) throws SQLException {
        return TenantWeights.get(connection, tenant)
                .orElseThrow(() -> new ProblemException(Problem.notFound("a weight that was set for this tenant")));
    }

    private static ObjectNode view(TenantWeights.Row row) {
        return Views.object()
                .put("tenant", row.tenant())
                .put("weight", row.weight())
                .put("set_at", row.setAt().toString())
                .put("set_by", row.setBy());
    }

    private static String tenant(Call call) {
        String tenant = call.parameter("tenant");
        if (tenant.isEmpty()
                || tenant.codePointCount(0, tenant.length()) > TaskFields.LONGEST_NAME
                || tenant.indexOf(0) >= 0) {
            throw new ProblemException(Problem.notFound("such a tenant"));
        }
        return tenant;
    }
}
