package dev.leasehold.admin;

import akka.actor.typed.ActorSystem;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.server.Route;
import akka.management.javadsl.AkkaManagement;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.Scope;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Akka Management's routes, as endpoints of our own server. Its own server and its authentication are not used: the latter
 * lets requests without credentials pass (CVE-2025-46548). Only what is listed here is reachable.
 */
public final class Management {

    private final ActorSystem<?> system;
    private final Route routes;

    /** Must be made before the readiness probe is asked for the first time. */
    public Management(ActorSystem<?> system, Readiness.Check ready) {
        this.system = system;
        Readiness.on(system).set(ready);
        this.routes = AkkaManagement.get(system).getRoutes(settings -> settings.withReadOnly(true));
    }

    public List<Endpoint> endpoints() {
        return List.of(
                Endpoint.open(HttpMethods.GET, "/alive", call -> probe(call.request())),
                Endpoint.open(HttpMethods.GET, "/ready", call -> probe(call.request())),
                Endpoint.get("/cluster/members", Scope.READ, call -> pass(call.request())),
                Endpoint.get("/cluster/members/{address}", Scope.READ, call -> pass(call.request())));
    }

    /** Akka Management answers "not now" as its own fault (500) and names its classes; to a prober it is 503. */
    private CompletionStage<HttpResponse> probe(HttpRequest request) throws Exception {
        return pass(request)
                .thenApply(response -> response.status().intValue() == 500
                        ? response.withStatus(503).withEntity("not now\n")
                        : response);
    }

    /** Akka Management knows no HEAD; the server leaves the body out of what GET answers. */
    private CompletionStage<HttpResponse> pass(HttpRequest request) throws Exception {
        return routes.function(system).apply(request.withMethod(HttpMethods.GET));
    }
}
