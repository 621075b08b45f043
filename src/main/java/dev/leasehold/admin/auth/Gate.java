package dev.leasehold.admin.auth;

import akka.http.javadsl.model.AttributeKeys;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.RemoteAddress;
import dev.leasehold.admin.http.ErrorCode;
import dev.leasehold.admin.http.Principal;
import dev.leasehold.admin.http.Problem;
import dev.leasehold.admin.http.ProblemException;
import dev.leasehold.admin.http.Scope;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The one place that decides who calls and whether he may. */
public final class Gate {

    private final Tokens tokens;
    private final Sessions sessions;
    private final RateLimit known;
    private final RateLimit strangers;

    public Gate(Tokens tokens, Sessions sessions, Clock clock, RateSettings rates) {
        this.tokens = tokens;
        this.sessions = sessions;
        this.known = new RateLimit(clock, rates.perSecond(), rates.burst());
        this.strangers = new RateLimit(clock, rates.strangersPerSecond(), rates.strangersBurst());
    }

    /** Who calls: by bearer token, else by session cookie. Empty when it is nobody known. */
    public CompletionStage<Optional<Principal>> identify(HttpRequest request) {
        Optional<String> authorization = request.getHeader("Authorization").map(HttpHeader::value);
        if (authorization.isPresent()) {
            return bearer(authorization.get())
                    .map(tokens::find)
                    .orElse(CompletableFuture.completedFuture(Optional.empty()));
        }
        boolean byItself = request.getHeader("Accept")
                .map(header -> header.value().startsWith("text/event-stream"))
                .orElse(false);
        Optional<Principal> session = sessionId(request).flatMap(byItself ? sessions::look : sessions::use);
        if (session.isPresent()) {
            SameOrigin.check(request);
        }
        return CompletableFuture.completedFuture(session);
    }

    /** As {@link #identify}, from what is in memory: for endpoints that are open, and must not wait for a connection. */
    public Optional<Principal> identifyFromMemory(HttpRequest request) {
        Optional<String> authorization = request.getHeader("Authorization").map(HttpHeader::value);
        return authorization.isPresent()
                ? bearer(authorization.get()).flatMap(tokens::findInMemory)
                : sessionId(request).flatMap(sessions::use);
    }

    /** Counts the request against its sender's limit, or throws 429. Open endpoints are not counted: probes are many. */
    public void count(HttpRequest request, Optional<Principal> principal) {
        Duration wait = principal.isPresent()
                ? known.take(principal.get().name())
                : strangers.take(request.getAttribute(AttributeKeys.remoteAddress)
                        .flatMap(RemoteAddress::getAddress)
                        .map(InetAddress::getHostAddress)
                        .orElse("unknown"));
        if (!wait.isZero()) {
            throw new ProblemException(Problem.of(ErrorCode.TOO_MANY, "too many requests; wait before the next")
                    .retryAfter(wait.plusMillis(999)));
        }
    }

    /** Lets everybody pass who is known, or throws 401. */
    public void admitAnybodyKnown(HttpRequest request, Optional<Principal> principal) {
        if (principal.isEmpty()) {
            throw new ProblemException(unauthenticated(request));
        }
    }

    /** Lets the caller pass, or throws 401 or 403. */
    public void admit(HttpRequest request, Optional<Principal> principal, Optional<Scope> scope) {
        if (scope.isEmpty()) {
            return;
        }
        admitAnybodyKnown(request, principal);
        if (!principal.orElseThrow().may(scope.get())) {
            throw new ProblemException(
                    ErrorCode.FORBIDDEN,
                    "this needs the scope " + scope.get().label() + ", which these credentials do not carry");
        }
    }

    private static Problem unauthenticated(HttpRequest request) {
        boolean given = request.getHeader("Authorization").isPresent();
        return Problem.of(
                        ErrorCode.UNAUTHENTICATED,
                        given
                                ? "the token is not known, has expired or was revoked"
                                : "send Authorization: Bearer <token>")
                .header("WWW-Authenticate", given ? "Bearer error=\"invalid_token\"" : "Bearer");
    }

    private static Optional<String> bearer(String authorization) {
        String[] parts = authorization.strip().split(" +", 2);
        return parts.length == 2 && parts[0].toLowerCase(Locale.ROOT).equals("bearer")
                ? Optional.of(parts[1].strip())
                : Optional.empty();
    }

    /** The session cookie's value, if there is one. */
    static Optional<String> sessionId(HttpRequest request) {
        for (HttpHeader header : request.getHeaders()) {
            if (header.is("cookie")) {
                for (String pair : header.value().split(";", -1)) {
                    String[] parts = pair.strip().split("=", 2);
                    if (parts.length == 2 && parts[0].equals(Sessions.COOKIE)) {
                        return Optional.of(parts[1]);
                    }
                }
            }
        }
        return Optional.empty();
    }
}
