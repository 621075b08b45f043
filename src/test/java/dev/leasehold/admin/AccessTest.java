package dev.leasehold.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.admin.api.Api;
import dev.leasehold.admin.api.Database;
import dev.leasehold.admin.auth.RateSettings;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.store.ApiTokens;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.Connection;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who may do what: every route, with every kind of credentials. */
class AccessTest {

    private static AdminFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new AdminFixture();
        for (Scope scope : Scope.values()) {
            insertToken(scope);
        }
        // A token that was made just now is known a moment later.
        Awaitility.await()
                .until(() -> fixture.send(fixture.request("GET", "/api/v1/types", null)
                                        .header("Authorization", "Bearer " + token(Scope.ADMIN)))
                                .status()
                        == 200);
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    @Test
    void answersTooManyRequestsOfOneCallerAndOthersAsEver() throws Exception {
        try (AdminFixture strict = new AdminFixture(
                Optional.of(AdminFixture.TOKEN),
                (system, leases, engine, pools) -> List.of(),
                new RateSettings(1, 5, 1, 2))) {
            // The buckets fill while the test runs, so it only asks whether they are ever empty.
            AdminFixture.Answer stranger = strict.send(strict.request("GET", "/no/such/path", null));
            assertThat(stranger.status()).isEqualTo(401);
            for (int i = 0; i < 100 && stranger.status() == 401; i++) {
                stranger = strict.send(strict.request("GET", "/no/such/path", null));
            }
            int known = strict.get("/api/v1/types").status();
            List<Integer> later = new ArrayList<>();
            for (int i = 0; i < 100 && !later.contains(429); i++) {
                later.add(strict.get("/api/v1/types").status());
            }

            assertThat(stranger.status()).isEqualTo(429);
            assertThat(stranger.text()).contains("LH-4290");
            assertThat(stranger.header("Retry-After")).isIn("1", "2");
            assertThat(known).isEqualTo(200);
            assertThat(later).contains(429);
            // Probes are never refused.
            assertThat(strict.send(strict.request("GET", "/health", null)).status())
                    .isEqualTo(200);
        }
    }

    private static String token(Scope scope) {
        return "lh_" + scope.label() + "_secret";
    }

    private static void insertToken(Scope scope) throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(token(scope).getBytes(StandardCharsets.UTF_8));
        try (Connection connection = fixture.database.connect()) {
            ApiTokens.insert(
                    connection,
                    new ApiTokens.Token(
                            "test-" + scope.label(),
                            scope.label(),
                            HexFormat.of().formatHex(digest),
                            Set.of(scope.label())));
        }
    }

    private static List<Endpoint> routes() {
        return Api.endpoints(
                fixture.kit.system(),
                new Database(fixture.leases),
                fixture.engine,
                AdminFixture.pools(),
                Clock.systemUTC());
    }

    /** Only the head of the answer is read: a stream has no end. */
    private static HttpResponse<InputStream> call(Endpoint route, Optional<String> authorization) throws Exception {
        String path = route.path().replaceAll("\\{[^}]*}", "999999");
        HttpRequest.Builder request = fixture.request(route.method().value(), path, null);
        authorization.ifPresent(value -> request.header("Authorization", value));
        HttpResponse<InputStream> response =
                fixture.client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        response.body().close();
        return response;
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    @Test
    void letsNobodyInWithoutGoodCredentials() throws Exception {
        for (Endpoint route : routes()) {
            for (String bad : List.of(
                    "Bearer wrong",
                    "Bearer lh_admin_wrong",
                    "Bearer " + AdminFixture.TOKEN + "x",
                    "Bearer ",
                    "Basic YTpi",
                    AdminFixture.TOKEN)) {
                HttpResponse<InputStream> answer = call(route, Optional.of(bad));
                assertThat(answer.statusCode()).as(route + " " + bad).isEqualTo(401);
                assertThat(header(answer, "WWW-Authenticate")).startsWith("Bearer");
            }
            HttpResponse<InputStream> none = call(route, Optional.empty());
            assertThat(none.statusCode()).as(route.toString()).isEqualTo(401);
            assertThat(header(none, "WWW-Authenticate")).isEqualTo("Bearer");
            assertThat(header(none, "Content-Type")).isEqualTo("application/problem+json");
        }
    }

    @Test
    void asksEveryRouteForItsScope() throws Exception {
        for (Endpoint route : routes()) {
            Scope needed = route.scope().orElseThrow();
            for (Scope held : Scope.values()) {
                HttpResponse<InputStream> answer = call(route, Optional.of("bearer " + token(held)));
                boolean may = needed.isIn(Set.of(held));

                assertThat(answer.statusCode() != 401 && answer.statusCode() != 403)
                        .as(route.method().value() + " " + route.path() + " with " + held + ": " + answer.statusCode())
                        .isEqualTo(may);
            }
        }
    }

    @Test
    void keepsSqlTasksForAdmins() throws Exception {
        String body = "{\"type\":\"sql\",\"payload\":{\"statement\":\"SELECT 1\"}}";

        AdminFixture.Answer editor = fixture.send(
                fixture.request("POST", "/api/v1/tasks", body).header("Authorization", "Bearer " + token(Scope.EDIT)));

        assertThat(editor.status()).isEqualTo(403);
        assertThat(fixture.post("/api/v1/tasks", body).status()).isEqualTo(201);
    }

    @Test
    void sendsBrowserWithoutSessionToLoginPage() throws Exception {
        AdminFixture.Answer page =
                fixture.send(fixture.request("GET", "/", null).header("Accept", "text/html,*/*"));

        assertThat(page.status()).isEqualTo(303);
        assertThat(page.header("Location")).isEqualTo("/login");
        assertThat(fixture.send(fixture.request("GET", "/login", null)).status())
                .isEqualTo(200);
    }

    @Test
    void exchangesLoginCodeForSessionOnce() throws Exception {
        String code = fixture.admin.loginCode();

        AdminFixture.Answer first = fixture.send(fixture.request("GET", "/?login=" + code, null));
        AdminFixture.Answer second = fixture.send(fixture.request("GET", "/?login=" + code, null));

        assertThat(first.status()).isEqualTo(303);
        assertThat(first.header("Location")).isEqualTo("/");
        assertThat(first.header("Set-Cookie"))
                .startsWith("__Host-leasehold=")
                .contains("HttpOnly")
                .contains("Secure")
                .contains("SameSite=Lax")
                .contains("Path=/");
        assertThat(second.status()).isEqualTo(401);
        assertThat(second.header("Set-Cookie")).isEmpty();
        assertThat(withCookie(cookie(first), "GET", "/api/v1/types").status()).isEqualTo(200);
        assertThat(withCookie("__Host-leasehold=made-up", "GET", "/api/v1/types")
                        .status())
                .isEqualTo(401);
    }

    private static String cookie(AdminFixture.Answer answer) {
        return answer.header("Set-Cookie").split(";", 2)[0];
    }

    private static AdminFixture.Answer withCookie(String cookie, String method, String path, String... headers)
            throws Exception {
        HttpRequest.Builder request = fixture.request(method, path, null).header("Cookie", cookie);
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return fixture.send(request);
    }

    @Test
    void refusesChangesThatAnotherSiteSendsWithTheSession() throws Exception {
        String cookie = cookie(fixture.send(fixture.request("GET", "/?login=" + fixture.admin.loginCode(), null)));
        String path = "/api/v1/tasks/999999/pause";
        String here = "http://127.0.0.1:" + fixture.admin.address().getPort();

        assertThat(withCookie(cookie, "POST", path).status()).isEqualTo(403);
        assertThat(withCookie(cookie, "POST", path, "Sec-Fetch-Site", "cross-site")
                        .status())
                .isEqualTo(403);
        assertThat(withCookie(cookie, "POST", path, "Sec-Fetch-Site", "same-site")
                        .status())
                .isEqualTo(403);
        assertThat(withCookie(cookie, "POST", path, "Origin", "http://evil.example")
                        .status())
                .isEqualTo(403);
        assertThat(withCookie(cookie, "POST", path, "Sec-Fetch-Site", "same-origin")
                        .status())
                .isEqualTo(404);
        assertThat(withCookie(cookie, "POST", path, "Origin", here).status()).isEqualTo(404);
    }

    @Test
    void logsInWithTokenAndOutAgain() throws Exception {
        AdminFixture.Answer in = logIn(AdminFixture.TOKEN);
        String cookie = cookie(in);
        assertThat(in.status()).isEqualTo(303);
        assertThat(withCookie(cookie, "GET", "/api/v1/types").status()).isEqualTo(200);

        AdminFixture.Answer out = withCookie(cookie, "POST", "/logout", "Sec-Fetch-Site", "same-origin");

        assertThat(out.header("Location")).isEqualTo("/login");
        assertThat(withCookie(cookie, "GET", "/api/v1/types").status()).isEqualTo(401);
    }

    private static AdminFixture.Answer logIn(String token) throws Exception {
        return fixture.send(fixture.request("POST", "/login", "token=" + token)
                .setHeader("Content-Type", "application/x-www-form-urlencoded")
                .header("Sec-Fetch-Site", "same-origin"));
    }

    @Test
    void slowsGuessingDown() throws Exception {
        try (AdminFixture guessed = new AdminFixture()) {
            int status = 0;
            for (int i = 0; i < 7 && status != 429; i++) {
                AdminFixture.Answer answer = guessed.send(guessed.request("POST", "/login", "token=guess-" + i)
                        .setHeader("Content-Type", "application/x-www-form-urlencoded")
                        .header("Sec-Fetch-Site", "same-origin"));
                status = answer.status();
            }
            assertThat(status).isEqualTo(429);
        }
    }

    @Test
    void makesFirstTokenOnceAndKeepsOnlyItsDigest() throws Exception {
        try (AdminFixture first = new AdminFixture(Optional.empty(), (system, leases, engine, pools) -> List.of())) {
            String token = first.admin.newToken().orElseThrow();
            HttpRequest.Builder request =
                    first.request("GET", "/api/v1/types", null).header("Authorization", "Bearer " + token);

            assertThat(token).startsWith("lh_admin_").hasSizeGreaterThan(50);
            assertThat(first.send(request).status()).isEqualTo(200);
            assertThat(first.count("SELECT count(*) FROM leasehold.api_token WHERE hash::text LIKE '%" + token + "%'"))
                    .isZero();
            assertThat(first.count("SELECT count(*) FROM leasehold.api_token")).isEqualTo(1);
        }
    }
}
