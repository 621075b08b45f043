package dev.leasehold.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leasehold.admin.auth.RateSettings;
import dev.leasehold.lease.LeaseException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ServerTest {

    private static AdminFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new AdminFixture();
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    @AfterEach
    void heal() {
        fixture.leases.failWith(null);
        fixture.health.set(HealthCheck.Result.healthy("all is well"));
    }

    @Test
    void goesTheWayOfAFirstTaskWithoutCreatingOne() throws Exception {
        int before = fixture.leases.granted();

        fixture.admin.rehearse().toCompletableFuture().get();

        // The statement that creates, the bulk, and the two lists; the single task is refused before it asks for one.
        assertThat(fixture.leases.granted() - before).isEqualTo(4);
        assertThat(fixture.count("SELECT count(*) FROM leasehold.task")).isZero();
        assertThat(fixture.count("SELECT count(*) FROM leasehold.audit")).isZero();
    }

    @Test
    @Tag("row37")
    @Tag("row38")
    void showsPoolsInTheirShapeWithoutTakingConnection() throws Exception {
        fixture.get("/api/v1/types");
        int before = fixture.leases.granted();

        JsonNode pools = fixture.get("/api/v1/pools").json();
        JsonNode leases = fixture.get("/api/v1/leases").json();

        JsonNode platform = pools.get("platform");
        assertThat(platform.get("size").intValue()).isEqualTo(5);
        assertThat(platform.get("max_overflow").intValue()).isEqualTo(10);
        assertThat(platform.get("checked_in").intValue()).isEqualTo(4);
        assertThat(platform.get("checked_out").intValue()).isEqualTo(1);
        assertThat(platform.get("max").intValue()).isEqualTo(15);
        assertThat(platform.get("generation").intValue()).isEqualTo(1);
        assertThat(platform.get("usage_percent").doubleValue()).isEqualTo(6.7);
        for (String field : List.of(
                "overflow",
                "waiting",
                "opening",
                "cleaning",
                "retiring",
                "created",
                "recycled",
                "timeouts",
                "leaked",
                "leak_suspects")) {
            assertThat(platform.get(field).isIntegralNumber()).as(field).isTrue();
        }
        assertThat(pools.get("userdata").get("size").intValue()).isEqualTo(5);
        assertThat(leases.at("/items/0/holder/task_id").textValue()).isEqualTo("7");
        assertThat(leases.at("/items/0/backend_pid").intValue()).isEqualTo(4711);
        assertThat(fixture.leases.granted()).isEqualTo(before);
    }

    @Test
    @Tag("row49")
    void tellsHealthToEverybodyAndDetailsToThoseWithToken() throws Exception {
        AdminFixture.Answer stranger = fixture.send(fixture.request("GET", "/health", null));
        AdminFixture.Answer known = fixture.get("/health");
        fixture.health.set(HealthCheck.Result.unhealthy("the platform pool's probe is late"));
        AdminFixture.Answer ill = fixture.send(fixture.request("GET", "/health", null));
        AdminFixture.Answer notReady = fixture.send(fixture.request("GET", "/ready", null));
        AdminFixture.Answer alive = fixture.send(fixture.request("GET", "/alive", null));

        assertThat(stranger.status()).isEqualTo(200);
        assertThat(stranger.text()).isEqualTo("{\"status\":\"healthy\"}");
        assertThat(known.json().at("/checks/0/name").textValue()).isEqualTo("node");
        assertThat(known.json().at("/checks/0/detail").textValue()).isEqualTo("all is well");
        assertThat(known.json().at("/checks/0/checked_at").textValue()).endsWith("Z");
        assertThat(ill.status()).isEqualTo(503);
        assertThat(ill.text()).isEqualTo("{\"status\":\"unhealthy\"}");
        assertThat(notReady.status()).isEqualTo(503);
        assertThat(alive.status()).isEqualTo(200);
    }

    @Test
    @Tag("row49")
    void answersHealthWhileNoLeaseIsGranted() throws Exception {
        fixture.leases.failWith(LeaseException.Kind.DOWN);

        assertThat(fixture.get("/health").status()).isEqualTo(200);
    }

    @Test
    void answersOutageAndOverloadWithRetryAfter() throws Exception {
        fixture.leases.failWith(LeaseException.Kind.DOWN);
        AdminFixture.Answer down = fixture.post("/api/v1/tasks", "{\"type\":\"demo-sleep\"}");
        fixture.leases.failWith(LeaseException.Kind.TIMEOUT);
        AdminFixture.Answer busy = fixture.get("/api/v1/stats");

        assertThat(down.status()).isEqualTo(503);
        assertThat(down.json().get("code").textValue()).isEqualTo("LH-5030");
        assertThat(down.header("Retry-After")).isEqualTo("5");
        assertThat(busy.status()).isEqualTo(503);
        assertThat(busy.json().get("code").textValue()).isEqualTo("LH-5031");
        assertThat(busy.header("Retry-After")).isEqualTo("1");
    }

    @Test
    void tellsUnknownPathsAndMethodsOnlyToThoseItKnows() throws Exception {
        AdminFixture.Answer stranger = fixture.send(fixture.request("GET", "/api/v1/nothing", null));
        AdminFixture.Answer nothing = fixture.get("/api/v1/nothing");
        AdminFixture.Answer method = fixture.call("PUT", "/api/v1/tasks", "{}");
        AdminFixture.Answer slash = fixture.get("/api/v1/tasks/");
        AdminFixture.Answer head = fixture.call("HEAD", "/api/v1/types", null);
        AdminFixture.Answer headOfProbe = fixture.send(fixture.request("HEAD", "/alive", null));

        assertThat(stranger.status()).isEqualTo(401);
        assertThat(nothing.status()).isEqualTo(404);
        assertThat(nothing.json().get("code").textValue()).isEqualTo("LH-4040");
        assertThat(method.status()).isEqualTo(405);
        assertThat(method.header("Allow")).isEqualTo("GET, HEAD, POST");
        assertThat(slash.status()).isEqualTo(404);
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.text()).isEmpty();
        assertThat(headOfProbe.status()).isEqualTo(200);
    }

    @Test
    void putsSecurityHeadersOnEveryAnswer() throws Exception {
        for (AdminFixture.Answer answer : List.of(
                fixture.get("/api/v1/types"),
                fixture.get("/api/v1/nothing"),
                fixture.send(fixture.request("GET", "/alive", null)),
                fixture.send(fixture.request("GET", "/login", null)))) {
            assertThat(answer.header("Content-Security-Policy"))
                    .contains("default-src 'none'")
                    .contains("frame-ancestors 'none'")
                    .doesNotContain("unsafe");
            assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
            assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
            assertThat(answer.header("Server")).isEmpty();
            assertThat(answer.header("X-Request-Id")).hasSize(36);
        }
    }

    @Test
    void answersRequestsThatCannotBeParsedAsProblems() throws Exception {
        String line = raw("GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        String header = raw("GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + "x".repeat(20_000) + "\r\n\r\n");
        String trace = raw("TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        assertThat(line).startsWith("HTTP/1.1 400").contains("LH-4000").contains("nosniff");
        assertThat(header).startsWith("HTTP/1.1 431").contains("LH-4310");
        assertThat(trace).startsWith("HTTP/1.1 405").contains("LH-4050");
    }

    private static String raw(String request) throws Exception {
        try (Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), fixture.admin.address().getPort())) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.US_ASCII));
            out.flush();
            socket.shutdownOutput();
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void namesPortThatIsTaken() {
        Admin.Parts parts = new Admin.Parts(
                fixture.leases,
                fixture.engine,
                AdminFixture.pools(),
                () -> CompletableFuture.completedFuture(""),
                List.of(),
                Clock.systemUTC(),
                Optional.of(AdminFixture.TOKEN),
                new RateSettings(1, 1, 1, 1),
                message -> "",
                List.of());
        int port = fixture.admin.address().getPort();

        assertThatThrownBy(() -> Admin.start(fixture.kit.system(), "127.0.0.1", port, parts)
                        .toCompletableFuture()
                        .get())
                .cause()
                .isInstanceOf(BindException.class)
                .hasMessageContaining("127.0.0.1:" + port)
                .hasMessageContaining("leasehold.http.port")
                .hasMessageContaining("in use");
    }

    @Test
    void showsStateOfNodeAndWhole() throws Exception {
        JsonNode stats = fixture.get("/api/v1/stats").json();
        JsonNode nodes = fixture.get("/api/v1/nodes").json();
        JsonNode types = fixture.get("/api/v1/types").json();
        AdminFixture.Answer metrics = fixture.get("/metrics");
        AdminFixture.Answer members = fixture.get("/cluster/members");

        assertThat(stats.at("/cumulative/tasks_found").isIntegralNumber()).isTrue();
        assertThat(stats.at("/session/tasks_executed").intValue()).isEqualTo(7);
        assertThat(nodes.at("/items/0/incarnation").textValue()).isEqualTo("node-a");
        assertThat(nodes.get("lanes")).hasSize(4);
        assertThat(nodes.at("/budgets/0/permits/userdata").intValue()).isEqualTo(15);
        assertThat(nodes.at("/budgets/0/shares/node-a").intValue()).isEqualTo(80);
        assertThat(types.get("items").findValuesAsText("name")).contains("demo-sleep", "sql");
        assertThat(types.at("/items/0/payload_schema/type").textValue()).isEqualTo("object");
        assertThat(metrics.header("Content-Type")).startsWith("text/plain");
        assertThat(metrics.text()).contains("leasehold_lanes_owned");
        assertThat(members.json().has("members")).isTrue();
        assertThat(fixture.call("DELETE", "/cluster/members/akka:%2F%2Fx@127.0.0.1:1", null)
                        .status())
                .isEqualTo(405);
        assertThat(fixture.get("/cluster/domain-events").status()).isEqualTo(404);
    }

    @Test
    void previewsSchedulesAcrossChangeOfClock() throws Exception {
        JsonNode preview = fixture.post(
                        "/api/v1/schedules/preview",
                        "{\"schedule\":{\"kind\":\"cron\",\"expression\":\"30 2 * * *\",\"zone\":\"Europe/Berlin\"}}")
                .json();

        assertThat(preview.get("items")).hasSize(20);
        assertThat(preview.at("/clock_change/kind").textValue()).isIn("gap", "overlap");
        assertThat(preview.at("/clock_change/items")).isNotEmpty();
        assertThat(fixture.post("/api/v1/schedules/preview", "{}").status()).isEqualTo(422);
    }

    @Test
    void refusesBodyThatIsSentTooSlowlyOrNotAtAll() throws Exception {
        HttpRequest.Builder none =
                fixture.request("POST", "/api/v1/tasks", null).header("Authorization", "Bearer " + AdminFixture.TOKEN);

        assertThat(fixture.send(none).status()).isEqualTo(415);
    }
}
