package dev.leasehold.admin;

import akka.Done;
import akka.actor.typed.ActorSystem;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.Principal;
import dev.leasehold.admin.http.Router;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.store.Tasks;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Answers the requests of somebody's first task before there is anybody: the classes, statements and JSON that they need
 * are there when he comes. What would change something is asked in a way that is refused, or for nothing at all.
 */
final class Rehearsal {

    private static final Holder HOLDER = Holder.node("admin/rehearsal");
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(30));

    /** Sound up to a field that no task has, so that it is read and checked as a whole and then refused. */
    private static final String REFUSED = """
            {"type": "http-call", "key": "rehearsal", "payload": {"url": "http://127.0.0.1/"}, "priority": "normal",
             "schedule": {"kind": "every", "interval": "PT15M"}, "timeout": "PT1M", "there_is_no_such_field": true}
            """;

    private final ActorSystem<?> system;
    private final Leases leases;
    private final Router router;

    Rehearsal(ActorSystem<?> system, Leases leases, List<Endpoint> endpoints) {
        this.system = system;
        this.leases = leases;
        this.router = new Router(endpoints);
    }

    /** Goes through all of it, one request after the other; an answer that is a refusal counts as one. */
    CompletionStage<Done> run() {
        List<HttpRequest> requests = List.of(
                post("/api/v1/tasks/bulk", "[]"),
                post("/api/v1/tasks", REFUSED),
                HttpRequest.GET("/api/v1/tasks?limit=1"),
                HttpRequest.GET("/api/v1/runs?limit=1"));
        CompletionStage<Done> all =
                leases.inTransaction(PoolName.PLATFORM, LeaseClass.INTERACTIVE, HOLDER, HOLD, connection -> {
                    Tasks.create(connection, List.of());
                    return Done.getInstance();
                });
        for (HttpRequest request : requests) {
            all = all.thenCompose(before -> ask(request)).handle((answer, refusal) -> Done.getInstance());
        }
        return all;
    }

    private static HttpRequest post(String path, String body) {
        return HttpRequest.POST(path).withEntity(HttpEntities.create(ContentTypes.APPLICATION_JSON, body));
    }

    /** Past the gate: nobody is let in by it, since these requests do not come from outside. */
    private CompletionStage<HttpResponse> ask(HttpRequest request) {
        Router.Match match = router.find(request.method(), request.getUri()).orElseThrow();
        Principal nobody = new Principal("rehearsal", Set.of(Scope.ADMIN));
        try {
            return match.endpoint()
                    .handler()
                    .handle(new Call(request, match.parameters(), Optional.of(nobody), "rehearsal", system));
        } catch (Exception refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }
}
