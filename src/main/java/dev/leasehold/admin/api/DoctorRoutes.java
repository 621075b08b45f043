package dev.leasehold.admin.api;

import akka.http.javadsl.model.HttpResponse;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.engine.Engine;
import dev.leasehold.store.Audit;
import dev.leasehold.store.Invariants;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** What must hold of the rows: looked at, or repaired, now. Every node repairs by itself as well, now and then. */
final class DoctorRoutes {

    private final Database database;
    private final Engine engine;

    DoctorRoutes(Database database, Engine engine) {
        this.database = database;
        this.engine = engine;
    }

    List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get("/api/v1/doctor", Scope.READ, this::look),
                Endpoint.post("/api/v1/doctor", Scope.ADMIN, this::repair));
    }

    private CompletionStage<HttpResponse> look(Call call) {
        return database.read("doctor", Invariants::look).thenApply(found -> Answers.page(found, this::show, null));
    }

    private CompletionStage<HttpResponse> repair(Call call) {
        return part(call, Invariants::repair)
                .thenCompose(repaired -> part(call, Invariants::recount).thenApply(corrected -> {
                    List<Invariants.Finding> all = new ArrayList<>(repaired);
                    all.addAll(corrected);
                    return Answers.page(all, this::show, null);
                }));
    }

    private interface Part {
        List<Invariants.Finding> repair(Connection connection, String node) throws SQLException;
    }

    /** Each in a transaction of its own: the recount may take too long, and must not take the rest along. */
    private CompletionStage<List<Invariants.Finding>> part(Call call, Part part) {
        return database.change("doctor", connection -> {
            List<Invariants.Finding> repaired =
                    part.repair(connection, engine.status().incarnation());
            Audit.insert(
                    connection,
                    call.who(),
                    "doctor.repair",
                    null,
                    call.requestId(),
                    "{\"repaired\":" + repaired.size() + "}");
            return repaired;
        });
    }

    private ObjectNode show(Invariants.Finding finding) {
        return Views.object()
                .put("check", finding.check().label())
                .put("subject", finding.subject())
                .put("message", finding.message());
    }
}
