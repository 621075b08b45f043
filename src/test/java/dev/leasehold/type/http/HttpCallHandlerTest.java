package dev.leasehold.type.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import dev.leasehold.outbound.OutboundTestKit;
import dev.leasehold.outbound.RequestSignature;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Outcome.Kind;
import dev.leasehold.task.Reason;
import dev.leasehold.testing.JdbcTaskContext;
import dev.leasehold.testing.LocalServer;
import dev.leasehold.testing.TestPostgres;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpCallHandlerTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final byte[] KEY = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-21T12:00:00Z"), ZoneOffset.UTC);

    private static OutboundTestKit kit;
    private static HttpCallHandler handler;
    private static TestPostgres.Database database;

    private LocalServer server;

    @BeforeAll
    static void start() {
        kit = new OutboundTestKit();
        handler = new HttpCallHandler(kit.client("127.0.0.0/8", ""), new RequestSignature(KEY), CLOCK);
        database = TestPostgres.freshDatabase();
    }

    @AfterAll
    static void stop() {
        kit.close();
    }

    @BeforeEach
    void startServer() {
        server = LocalServer.start();
    }

    @AfterEach
    void stopServer() {
        server.close();
    }

    private static HttpCall call(String json) throws Exception {
        return JSON.readValue(json, HttpCall.class);
    }

    private static Outcome run(String json) throws Exception {
        return handler.run(call(json), new JdbcTaskContext(database, 42, 2));
    }

    @Test
    void postsJsonWithEverythingThatReceiverNeedsToRecogniseRepetitions() throws Exception {
        server.on("/hook", 200, "application/json", "{\"ok\":true}");

        Outcome outcome = run("{\"url\":\"%s\",\"body\":{\"a\":[1,null]},\"headers\":{\"X-Mine\":\"1\"}}"
                .formatted(server.url("/hook")));

        assertThat(outcome.kind()).isEqualTo(Kind.SUCCESS);
        assertThat(outcome.result())
                .asInstanceOf(type(HttpCallResult.class))
                .satisfies(result -> assertThat(result.status()).isEqualTo(200))
                .satisfies(result -> assertThat(result.body()).isEqualTo("{\"ok\":true}"))
                .satisfies(result -> assertThat(result.headers()).containsEntry("content-type", "application/json"));
        LocalServer.Request seen = server.requests().get(0);
        assertThat(seen.method()).isEqualTo("POST");
        assertThat(seen.body()).isEqualTo("{\"a\":[1,null]}");
        assertThat(seen.headers().getFirst("Content-Type")).isEqualTo("application/json");
        assertThat(seen.headers().getFirst("Idempotency-Key")).isEqualTo("42.1");
        assertThat(seen.headers().getFirst("Leasehold-Task")).isEqualTo("42");
        assertThat(seen.headers().getFirst("Leasehold-Attempt")).isEqualTo("2");
        assertThat(seen.headers().getFirst("Leasehold-Fence")).isEqualTo("7.3.2");
        assertThat(seen.headers().getFirst("X-Mine")).isEqualTo("1");
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
        String hex =
                HexFormat.of().formatHex(mac.doFinal("1795262400.{\"a\":[1,null]}".getBytes(StandardCharsets.UTF_8)));
        assertThat(seen.headers().getFirst("Leasehold-Signature")).isEqualTo("t=1795262400,v1=" + hex);
    }

    @Test
    void sendsStringAsItIs() throws Exception {
        server.on("/hook", 204, "text/plain", "");

        Outcome outcome = run(
                "{\"url\":\"%s\",\"method\":\"put\",\"body\":\"plain é\",\"headers\":{\"content-type\":\"text/csv\"}}"
                        .formatted(server.url("/hook")));

        assertThat(outcome.kind()).isEqualTo(Kind.SUCCESS);
        assertThat(server.requests().get(0).body()).isEqualTo("plain é");
        assertThat(server.requests().get(0).headers().get("Content-Type")).containsExactly("text/csv");
    }

    @Test
    void getsWithoutBody() throws Exception {
        server.on("/page", 200, "text/html", "<p>hello");

        assertThat(run("{\"url\":\"%s\",\"method\":\"GET\"}".formatted(server.url("/page")))
                        .kind())
                .isEqualTo(Kind.SUCCESS);
        assertThat(server.requests().get(0).headers()).doesNotContainKey("Content-type");
    }

    @ParameterizedTest
    @CsvSource({
        "400, CONFIG, false",
        "401, AUTH, true",
        "403, AUTH, true",
        "404, CONFIG, false",
        "408, NETWORK, true",
        "409, UNKNOWN, true",
        "422, CONFIG, false",
        "429, API_LIMIT, true",
        "500, NETWORK, true",
        "502, NETWORK, true",
        "503, NETWORK, true",
        "304, UNKNOWN, true"
    })
    void findsReasonInStatus(int status, Reason reason, boolean retryable) throws Exception {
        server.on("/", status, "text/plain", "");

        Outcome outcome = run("{\"url\":\"%s\"}".formatted(server.url("/")));

        assertThat(outcome.kind()).isEqualTo(Kind.FAILED);
        assertThat(outcome.reason()).isEqualTo(reason);
        assertThat(outcome.retryable()).isEqualTo(retryable);
        assertThat(outcome.result()).isInstanceOf(HttpCallResult.class);
    }

    @ParameterizedTest
    @CsvSource({"429, 120, 120", "503, 'Sat, 21 Nov 2026 12:00:30 GMT', 30", "503, 999999999, 86400"})
    void waitsAsLongAsOtherSideAsks(int status, String header, long seconds) throws Exception {
        server.on("/", exchange -> {
            exchange.getResponseHeaders().set("Retry-After", header);
            exchange.sendResponseHeaders(status, -1);
        });

        Outcome outcome = run("{\"url\":\"%s\"}".formatted(server.url("/")));

        assertThat(outcome.reason()).isEqualTo(Reason.API_LIMIT);
        assertThat(outcome.retryAfter()).isEqualTo(Duration.ofSeconds(seconds));
    }

    @Test
    void takesExpectedStatusForSuccess() throws Exception {
        server.on("/", 404, "text/plain", "gone");

        assertThat(run("{\"url\":\"%s\",\"expect\":{\"status\":[404,410]}}".formatted(server.url("/")))
                        .kind())
                .isEqualTo(Kind.SUCCESS);
    }

    @Test
    void keepsFirst64KibibytesOfAnswer() throws Exception {
        server.on("/", 200, "text/plain", "a".repeat(300_000));

        Outcome outcome = run("{\"url\":\"%s\"}".formatted(server.url("/")));

        assertThat(outcome.result())
                .asInstanceOf(type(HttpCallResult.class))
                .satisfies(result -> assertThat(result.body()).hasSize(65536))
                .satisfies(result -> assertThat(result.truncated()).isTrue());
    }

    @Test
    void failsForGoodOnRefusedTarget() throws Exception {
        Outcome outcome = run("{\"url\":\"http://10.0.0.1/\"}");

        assertThat(outcome.reason()).isEqualTo(Reason.CONFIG);
        assertThat(outcome.retryable()).isFalse();
    }

    @Test
    void failsAsNetworkWhenNobodyListens() throws Exception {
        String url = server.url("/");
        server.close();

        Outcome outcome = run("{\"url\":\"%s\"}".formatted(url));

        assertThat(outcome.reason()).isEqualTo(Reason.NETWORK);
        assertThat(outcome.retryable()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"url\":\"\"}",
                "{\"url\":\"ftp://x.example/\"}",
                "{\"url\":\"http://user:pw@x.example/\"}",
                "{\"url\":\"http://x.example/\",\"method\":\"BREW\"}",
                "{\"url\":\"http://x.example/\",\"method\":\"GET\",\"body\":\"x\"}",
                "{\"url\":\"http://x.example/\",\"headers\":{\"Host\":\"y\"}}",
                "{\"url\":\"http://x.example/\",\"headers\":{\"Idempotency-Key\":\"y\"}}",
                "{\"url\":\"http://x.example/\",\"headers\":{\"leasehold-fence\":\"y\"}}",
                "{\"url\":\"http://x.example/\",\"headers\":{\"A\":\"y\\r\\nB: z\"}}",
                "{\"url\":\"http://x.example/\",\"headers\":{\"A\":null}}",
                "{\"url\":\"http://x.example/\",\"expect\":{\"status\":[]}}",
                "{\"url\":\"http://x.example/\",\"expect\":{\"status\":[99]}}"
            })
    void refusesWrongPayloads(String json) {
        assertThatThrownBy(() -> call(json))
                .isInstanceOf(ValueInstantiationException.class)
                .hasRootCauseInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void requiresUrl() {
        assertThatThrownBy(() -> call("{}"))
                .isInstanceOf(ValueInstantiationException.class)
                .hasMessageContaining("url");
    }
}
