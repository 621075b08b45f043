package dev.leasehold.admin.auth;

import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawHeader;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.ErrorCode;
import dev.leasehold.admin.http.Principal;
import dev.leasehold.admin.http.Problem;
import dev.leasehold.admin.http.ProblemException;
import dev.leasehold.admin.http.Scope;
import java.net.InetAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** How a browser gets its session: by a token typed in, or by the one-time code that the node prints. */
public final class Login {

    /** Path of the login page. */
    public static final String PATH = "/login";

    private static final int LARGEST_FORM = 4096;

    private final Tokens tokens;
    private final Sessions sessions;
    private final LoginCodes codes;
    private final Throttle throttle;
    private final Page page;

    /** Draws the login page. */
    @FunctionalInterface
    public interface Page {
        /**
         * The whole page.
         *
         * @param message what was wrong with the last attempt, if there was one
         */
        String render(Optional<String> message);
    }

    public Login(Tokens tokens, Sessions sessions, LoginCodes codes, Throttle throttle, Page page) {
        this.tokens = tokens;
        this.sessions = sessions;
        this.codes = codes;
        this.throttle = throttle;
        this.page = page;
    }

    public List<Endpoint> endpoints() {
        return List.of(
                Endpoint.open(HttpMethods.GET, PATH, this::show),
                Endpoint.open(HttpMethods.POST, PATH, this::logIn),
                Endpoint.open(HttpMethods.POST, "/logout", this::logOut));
    }

    /** A one-time code for {@code /?login=…}. */
    public String issueCode() {
        return codes.issue();
    }

    /**
     * The answer to {@code /?login=CODE}: the session and a redirect that takes the code out of the address. Empty when the
     * request brings no code.
     */
    public Optional<HttpResponse> byCode(Call call) {
        boolean asked = call.request().method().equals(HttpMethods.GET)
                && call.request().getUri().path().equals("/")
                && call.request().getUri().rawQueryString().orElse("").startsWith("login=");
        if (!asked) {
            return Optional.empty();
        }
        String code = call.request().getUri().rawQueryString().orElse("").substring("login=".length());
        String address = address(call);
        if (!throttle.wait(address).isZero()) {
            return Optional.of(refused("Too many attempts. Wait a minute, then try again."));
        }
        boolean local = call.remoteAddress().map(InetAddress::isLoopbackAddress).orElse(false);
        if (!local) {
            return Optional.of(refused("A login code works only on the machine that the node runs on. Use a token."));
        }
        if (!codes.redeem(code)) {
            throttle.failed(address);
            return Optional.of(refused("This login code was used already or is older than ten minutes. Use a token."));
        }
        throttle.succeeded(address);
        return Optional.of(begin(new Principal("login-code", Set.of(Scope.ADMIN))));
    }

    private CompletionStage<HttpResponse> show(Call call) {
        return CompletableFuture.completedFuture(Answers.html(200, page.render(Optional.empty())));
    }

    private CompletionStage<HttpResponse> logIn(Call call) {
        SameOrigin.check(call.request());
        if (!call.mediaType().equals("application/x-www-form-urlencoded")) {
            throw new ProblemException(ErrorCode.UNSUPPORTED_TYPE, "the login page sends a form");
        }
        String address = address(call);
        Duration wait = throttle.wait(address);
        if (!wait.isZero()) {
            throw new ProblemException(Problem.of(ErrorCode.TOO_MANY, "too many wrong attempts; wait and try again")
                    .retryAfter(wait.plusSeconds(1)));
        }
        return call.bytes(LARGEST_FORM)
                .thenCompose(body -> tokens.find(field(new String(body, StandardCharsets.UTF_8), "token")))
                .thenApply(found -> {
                    if (found.isEmpty()) {
                        throttle.failed(address);
                        return Answers.html(401, page.render(Optional.of("This token is not known.")));
                    }
                    throttle.succeeded(address);
                    Gate.sessionId(call.request()).ifPresent(sessions::end);
                    return begin(found.get());
                });
    }

    private CompletionStage<HttpResponse> logOut(Call call) {
        SameOrigin.check(call.request());
        Gate.sessionId(call.request()).ifPresent(sessions::end);
        return CompletableFuture.completedFuture(
                Answers.seeOther(PATH).addHeader(RawHeader.create("Set-Cookie", Sessions.noCookie())));
    }

    private HttpResponse begin(Principal principal) {
        String id = sessions.begin(principal);
        return Answers.seeOther("/").addHeader(RawHeader.create("Set-Cookie", Sessions.cookie(id)));
    }

    private HttpResponse refused(String message) {
        return Answers.html(401, page.render(Optional.of(message)));
    }

    private static String address(Call call) {
        return call.remoteAddress().map(InetAddress::getHostAddress).orElse("unknown");
    }

    private static String field(String form, String name) {
        for (String pair : form.split("&", -1)) {
            String[] parts = pair.split("=", 2);
            if (parts.length == 2 && parts[0].equals(name)) {
                try {
                    return URLDecoder.decode(parts[1], StandardCharsets.UTF_8).strip();
                } catch (IllegalArgumentException e) {
                    throw new ProblemException(ErrorCode.BAD_REQUEST, "the form is not encoded well");
                }
            }
        }
        return "";
    }
}
