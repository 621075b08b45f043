package dev.leasehold.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.awaitility.Awaitility.await;

import dev.leasehold.outbound.OutboundException.Kind;
import dev.leasehold.testing.LocalServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OutboundClientTest {

    private static final String SHORT = "first-byte-timeout = 700ms, total-timeout = 1500ms";

    private static OutboundTestKit kit;

    private LocalServer server;

    @BeforeAll
    static void startSystem() {
        kit = new OutboundTestKit();
    }

    @AfterAll
    static void stopSystem() {
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

    @Test
    void warmsUpByOneCall() throws Exception {
        server.on("/alive", 200, "text/plain", "yes");

        kit.client("127.0.0.1", SHORT).warmUp(server.url("/alive"));

        assertThat(server.requests())
                .singleElement()
                .extracting(LocalServer.Request::path)
                .isEqualTo("/alive");
    }

    private static OutboundClient client() {
        return kit.client("127.0.0.0/8", "");
    }

    private static OutboundRequest get(String url) {
        return OutboundRequest.get(TargetUrl.parse(url));
    }

    private static void assertKind(ThrowingCallable call, Kind kind) {
        assertThatThrownBy(call)
                .asInstanceOf(type(OutboundException.class))
                .extracting(OutboundException::kind)
                .isEqualTo(kind);
    }

    @Test
    void sendsMethodHeadersAndBodyAsGiven() throws Exception {
        server.on("/things", 201, "application/json", "{\"id\":1}");

        OutboundResponse answer = client().send(OutboundRequest.send(
                "PUT",
                TargetUrl.parse(server.url("/things?a=b%20c")),
                Map.of("Content-Type", "application/json", "X-One", "1"),
                "{\"é\":1}".getBytes(StandardCharsets.UTF_8)));

        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.text()).isEqualTo("{\"id\":1}");
        assertThat(answer.header("content-type")).contains("application/json");
        LocalServer.Request seen = server.requests().get(0);
        assertThat(seen.method()).isEqualTo("PUT");
        assertThat(seen.path()).isEqualTo("/things?a=b%20c");
        assertThat(seen.body()).isEqualTo("{\"é\":1}");
        assertThat(seen.headers().getFirst("X-One")).isEqualTo("1");
        assertThat(seen.headers().getFirst("Content-Type")).isEqualTo("application/json");
        assertThat(seen.headers().getFirst("User-Agent")).isEqualTo("Leasehold/0.1");
        assertThat(seen.headers().getFirst("Host")).isEqualTo("127.0.0.1:" + server.port());
    }

    @Test
    void followsRedirectsWithinOriginWithAllHeaders() throws Exception {
        server.redirect("/one", 301, "/two").redirect("/two", 302, "three").on("/three", 200, "text/plain", "here");

        OutboundResponse answer =
                client().send(get(server.url("/one")).headers(Map.of("Authorization", "Bearer secret")));

        assertThat(answer.text()).isEqualTo("here");
        assertThat(answer.hops()).extracting(OutboundResponse.Hop::status).containsExactly(301, 302);
        assertThat(server.requests().get(2).headers().getFirst("Authorization")).isEqualTo("Bearer secret");
    }

    @Test
    void leavesSecretsBehindWhenRedirectedToAnotherOrigin() throws Exception {
        try (LocalServer other = LocalServer.start().on("/", 200, "text/plain", "other")) {
            server.redirect("/go", 307, other.url("/"));

            client().send(get(server.url("/go"))
                    .headers(Map.of(
                            "Authorization",
                            "Bearer secret",
                            "Cookie",
                            "a=b",
                            "X-Api-Key",
                            "secret",
                            "Accept",
                            "*/*")));

            assertThat(other.requests().get(0).headers())
                    .doesNotContainKeys("Authorization", "Cookie", "X-api-key")
                    .containsKey("Accept");
        }
    }

    @Test
    void stopsAfterFiveRedirects() {
        server.redirect("/loop", 302, "/loop");

        assertKind(() -> client().send(get(server.url("/loop"))), Kind.REDIRECT);
        assertThat(server.requests()).hasSize(6);
    }

    @Test
    @Tag("H49")
    void neverConnectsToRefusedTargetsNeitherDirectlyNorByRedirectNorByName() throws Exception {
        try (Canary canary = new Canary()) {
            String bad = "http://127.0.0.1:" + canary.port() + "/";
            HostResolver lying = host -> List.of(InetAddress.getLoopbackAddress());
            try (LocalServer open = LocalServer.startOn("127.0.0.2")) {
                open.redirect("/", 302, bad);

                OutboundClient guarded = kit.client("127.0.0.2/32", lying, "");
                assertKind(() -> guarded.send(get(bad)), Kind.REFUSED_TARGET);
                assertKind(() -> guarded.send(get(open.url("/"))), Kind.REFUSED_TARGET);
                assertKind(
                        () -> guarded.send(get("http://innocent.example:" + canary.port() + "/")), Kind.REFUSED_TARGET);
                assertKind(
                        () -> guarded.send(get("http://[::ffff:127.0.0.1]:" + canary.port() + "/")),
                        Kind.REFUSED_TARGET);

                assertThat(open.requests()).hasSize(1);
                assertThat(canary.connections()).isZero();
            }
        }
    }

    @Test
    @Tag("H49")
    void connectsToAddressThatWasCheckedWhenNameChangesItsAddress() throws Exception {
        try (LocalServer open = LocalServer.startOn("127.0.0.2").on("/", 200, "text/plain", "checked")) {
            try (LocalServer bad = LocalServer.startOn("127.0.0.1").on("/", 200, "text/plain", "rebound")) {
                AtomicInteger lookups = new AtomicInteger();
                HostResolver rebinding = host ->
                        List.of(InetAddress.getByName(lookups.getAndIncrement() == 0 ? "127.0.0.2" : "127.0.0.1"));
                OutboundClient guarded = kit.client("127.0.0.2/32", rebinding, "");

                OutboundResponse answer = guarded.send(get("http://moving.example:" + open.port() + "/"));
                assertKind(() -> guarded.send(get("http://moving.example:" + open.port() + "/")), Kind.REFUSED_TARGET);

                assertThat(answer.text()).isEqualTo("checked");
                assertThat(lookups).hasValue(2);
                assertThat(bad.requests()).isEmpty();
            }
        }
    }

    @Test
    void failsOnAnswerThatUnpacksToTooMuch() throws Exception {
        byte[] bomb = zipped(new byte[60 << 20]);
        server.on("/bomb", exchange -> {
            exchange.getResponseHeaders().set("Content-Encoding", "gzip");
            exchange.sendResponseHeaders(200, bomb.length);
            exchange.getResponseBody().write(bomb);
        });

        assertKind(() -> client().send(get(server.url("/bomb"))), Kind.TOO_LARGE);
        assertKind(
                () -> kit.client("127.0.0.1", "max-decoded = 100000000").send(get(server.url("/bomb"))),
                Kind.TOO_LARGE);
    }

    @Test
    void failsOnBodyLargerThanAllowedButCanKeepItsBeginning() throws Exception {
        byte[] large = "x".repeat(200_000).getBytes(StandardCharsets.US_ASCII);
        server.on("/large", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            for (int i = 0; i < 200; i++) {
                exchange.getResponseBody().write(large);
            }
        });

        assertKind(() -> client().send(get(server.url("/large"))), Kind.TOO_LARGE);
        OutboundResponse cut = client().send(get(server.url("/large")).truncatedAt(65536));

        assertThat(cut.body()).hasSize(65536);
        assertThat(cut.truncated()).isTrue();
    }

    @Test
    void unpacksOneLayerAndRefusesOthers() throws Exception {
        byte[] packed = zipped("hello".getBytes(StandardCharsets.US_ASCII));
        server.on("/gzip", exchange -> {
            exchange.getResponseHeaders().set("Content-Encoding", "gzip");
            exchange.sendResponseHeaders(200, packed.length);
            exchange.getResponseBody().write(packed);
        });
        server.on("/twice", exchange -> {
            exchange.getResponseHeaders().set("Content-Encoding", "gzip, gzip");
            exchange.sendResponseHeaders(200, packed.length);
            exchange.getResponseBody().write(packed);
        });

        assertThat(client().send(get(server.url("/gzip"))).text()).isEqualTo("hello");
        assertKind(() -> client().send(get(server.url("/twice"))), Kind.PROTOCOL);
    }

    @Test
    void saysThatNothingWasSentWhenNobodyListens() throws Exception {
        int closed;
        try (ServerSocket socket = new ServerSocket(0)) {
            closed = socket.getLocalPort();
        }

        assertThatThrownBy(() -> client().send(get("http://127.0.0.1:" + closed + "/")))
                .asInstanceOf(type(OutboundException.class))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.CONNECT))
                .satisfies(e -> assertThat(e.maybeSent()).isFalse());
    }

    @Test
    void endsWhenServerStaysSilentOrTrickles() {
        server.on(
                "/silent", exchange -> await().pollDelay(Duration.ofSeconds(4)).until(() -> true));
        server.on("/trickle", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            for (int i = 0; i < 30; i++) {
                exchange.getResponseBody().write('x');
                exchange.getResponseBody().flush();
                await().pollDelay(Duration.ofMillis(200)).until(() -> true);
            }
        });
        OutboundClient hasty = kit.client("127.0.0.1", SHORT);

        assertThatThrownBy(() -> hasty.send(get(server.url("/silent"))))
                .asInstanceOf(type(OutboundException.class))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT))
                .satisfies(e -> assertThat(e.maybeSent()).isTrue());
        assertKind(() -> hasty.send(get(server.url("/trickle"))), Kind.TIMEOUT);
    }

    @Test
    void saysThatConnectionEndedEarlyAndSendsNothingTwice() throws Exception {
        try (Canary rude = new Canary()) {
            assertThatThrownBy(() -> client().send(get("http://127.0.0.1:" + rude.port() + "/")))
                    .asInstanceOf(type(OutboundException.class))
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.PROTOCOL))
                    .satisfies(e -> assertThat(e.maybeSent()).isTrue());

            assertThat(rude.connections()).isEqualTo(1);
        }
    }

    @Test
    void interruptEndsCall() throws Exception {
        server.on(
                "/silent", exchange -> await().pollDelay(Duration.ofSeconds(8)).until(() -> true));
        CompletableFuture<Void> ended = new CompletableFuture<>();
        Thread caller = new Thread(() -> {
            try {
                client().send(get(server.url("/silent")));
                ended.complete(null);
            } catch (Exception e) {
                ended.completeExceptionally(e);
            }
        });
        caller.start();
        await().until(() -> !server.requests().isEmpty());

        caller.interrupt();

        assertThatThrownBy(() -> ended.get(3, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(InterruptedException.class);
    }

    @Test
    void readsAnswersWithManyAndOddHeaders() throws Exception {
        server.on("/headers", exchange -> {
            for (int i = 0; i < 100; i++) {
                exchange.getResponseHeaders().add("X-Many-" + i, "y".repeat(100));
            }
            exchange.getResponseHeaders().add("X-Long", "z".repeat(12_000));
            LocalServer.answer(exchange, 200, "text/plain; charset=iso-8859-1", "ok");
        });

        OutboundResponse answer = client().send(get(server.url("/headers")));

        assertThat(answer.header("x-long").orElseThrow()).hasSize(12_000);
        assertThat(answer.header("x-many-99")).isPresent();
    }

    private static byte[] zipped(byte[] plain) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
            zip.write(plain);
        }
        return out.toByteArray();
    }

    /** Counts connections, reads what comes, and hangs up without a word. */
    private static final class Canary implements AutoCloseable {

        private final ServerSocket socket;
        private final AtomicInteger accepted = new AtomicInteger();

        Canary() throws IOException {
            socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            Thread thread = new Thread(this::serve);
            thread.setDaemon(true);
            thread.start();
        }

        private void serve() {
            while (!socket.isClosed()) {
                try (Socket connection = socket.accept()) {
                    accepted.incrementAndGet();
                    connection.getInputStream().read(new byte[4096]);
                } catch (IOException e) {
                    return;
                }
            }
        }

        int port() {
            return socket.getLocalPort();
        }

        int connections() {
            return accepted.get();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
