package dev.leasehold.admin;

import akka.actor.typed.ActorSystem;
import akka.http.javadsl.Http;
import akka.http.javadsl.ServerBinding;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawHeader;
import akka.http.javadsl.model.headers.TimeoutAccess;
import akka.http.javadsl.settings.ServerSettings;
import dev.leasehold.admin.auth.Gate;
import dev.leasehold.admin.auth.Login;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.BadRequests;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.ErrorCode;
import dev.leasehold.admin.http.Principal;
import dev.leasehold.admin.http.Problem;
import dev.leasehold.admin.http.ProblemException;
import dev.leasehold.admin.http.Problems;
import dev.leasehold.admin.http.Router;
import dev.leasehold.admin.http.SecurityHeaders;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens on one port and takes every request the same way: who calls, which endpoint, may he, the endpoint's answer. What
 * fails on the way becomes a problem, and every answer gets the security headers, in one place.
 *
 * <p>At the node's stop the port is closed first; requests under way have a few seconds to end.
 */
public final class AdminServer {

    private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);
    private static final Duration LAST_REQUESTS = Duration.ofSeconds(3);

    private final ActorSystem<?> system;
    private final Gate gate;
    private final Login login;
    private final Router router;

    private AdminServer(ActorSystem<?> system, Gate gate, Login login, List<Endpoint> endpoints) {
        this.system = system;
        this.gate = gate;
        this.login = login;
        this.router = new Router(endpoints);
    }

    /**
     * Opens the port; the stage fails with {@link BindException} when it is taken.
     *
     * @param port 0: any free one
     * @param endpoints all that is served, the login page included
     * @return the address that it listens on, once it answers
     */
    public static CompletionStage<InetSocketAddress> start(
            ActorSystem<?> system, String host, int port, Gate gate, Login login, List<Endpoint> endpoints) {
        AdminServer server = new AdminServer(system, gate, login, endpoints);
        ServerSettings defaults = ServerSettings.create(system.classicSystem());
        ServerSettings settings = defaults.withServerHeader(Optional.empty())
                .withRemoteAddressAttribute(true)
                .withVerboseErrorMessages(false)
                .withParsingErrorHandler(BadRequests.class.getName())
                // Credentials are read as they were sent, and never parsed into a warning that quotes them.
                .withParserSettings(defaults.getParserSettings()
                        .withModeledHeaderParsing(false)
                        .withIllegalHeaderWarnings(false));
        return Http.get(system)
                .newServerAt(host, port)
                .withSettings(settings)
                .bind(server::answer)
                .thenApply(binding -> bound(binding, system))
                .exceptionallyCompose(failure ->
                        CompletableFuture.failedFuture(new BindException(host, port, Problems.unwrap(failure))));
    }

    private static InetSocketAddress bound(ServerBinding binding, ActorSystem<?> system) {
        binding.addToCoordinatedShutdown(LAST_REQUESTS, system);
        LOG.info("listening on {}", binding.localAddress());
        return binding.localAddress();
    }

    private CompletionStage<HttpResponse> answer(HttpRequest request) {
        String requestId = UUID.randomUUID().toString();
        request.getHeader(TimeoutAccess.class)
                .ifPresent(header -> header.timeoutAccess().updateHandler(late -> finished(timedOut(), requestId)));
        CompletionStage<HttpResponse> answer;
        try {
            answer = dispatch(request, requestId);
        } catch (Exception e) {
            answer = CompletableFuture.failedFuture(e);
        }
        return answer.exceptionally(failure -> problem(request, Problems.of(failure, requestId)))
                .thenApply(response -> finished(response, requestId));
    }

    private CompletionStage<HttpResponse> dispatch(HttpRequest request, String requestId) {
        if (request.method().equals(HttpMethods.TRACE) || request.method().equals(HttpMethods.CONNECT)) {
            throw methodNotAllowed("GET, HEAD, POST, PUT, PATCH, DELETE");
        }
        Call bare = new Call(request, Map.of(), Optional.empty(), requestId, system);
        Optional<HttpResponse> byCode = login.byCode(bare);
        if (byCode.isPresent()) {
            return CompletableFuture.completedFuture(byCode.get());
        }
        Optional<Router.Match> match = router.find(request.method(), request.getUri());
        boolean open = match.isPresent() && match.get().endpoint().scope().isEmpty();
        CompletionStage<Optional<Principal>> caller =
                open ? CompletableFuture.completedFuture(gate.identifyFromMemory(request)) : gate.identify(request);
        return caller.thenCompose(principal -> {
            if (!open) {
                gate.count(request, principal);
            }
            if (match.isEmpty()) {
                throw unknown(request, principal);
            }
            Endpoint endpoint = match.get().endpoint();
            gate.admit(request, principal, endpoint.scope());
            return handle(endpoint, new Call(request, match.get().parameters(), principal, requestId, system));
        });
    }

    private static CompletionStage<HttpResponse> handle(Endpoint endpoint, Call call) {
        try {
            return endpoint.handler().handle(call);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new CompletionException(e);
        }
    }

    /** A stranger is not told which paths there are. */
    private ProblemException unknown(HttpRequest request, Optional<Principal> principal) {
        gate.admitAnybodyKnown(request, principal);
        String allowed = router.allowed(request.getUri());
        if (allowed.isEmpty()) {
            return new ProblemException(
                    ErrorCode.NO_ROUTE,
                    "there is no " + request.getUri().path() + "; /api/v1/openapi.json lists what there is");
        }
        return methodNotAllowed(allowed);
    }

    private static ProblemException methodNotAllowed(String allowed) {
        return new ProblemException(Problem.of(ErrorCode.METHOD_NOT_ALLOWED, "allowed here: " + allowed)
                .header("Allow", allowed));
    }

    /** A browser that has no session is sent to the login page instead of being shown JSON. */
    private static HttpResponse problem(HttpRequest request, Problem problem) {
        boolean page = request.method().equals(HttpMethods.GET)
                && request.getHeader("Accept")
                        .map(header -> header.value())
                        .orElse("")
                        .contains("text/html");
        return page && problem.code() == ErrorCode.UNAUTHENTICATED ? Answers.seeOther(Login.PATH) : problem.response();
    }

    private static HttpResponse timedOut() {
        return Problem.of(ErrorCode.TIMED_OUT, "no answer in time; look before you repeat a change")
                .response();
    }

    private static HttpResponse finished(HttpResponse response, String requestId) {
        return SecurityHeaders.on(response).addHeader(RawHeader.create("X-Request-Id", requestId));
    }
}
