package dev.leasehold.type.oauth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import dev.leasehold.outbound.OutboundTestKit;
import dev.leasehold.store.Migrations;
import dev.leasehold.task.ConnectionWork;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Outcome.Kind;
import dev.leasehold.task.Reason;
import dev.leasehold.task.TaskContext;
import dev.leasehold.testing.ForwardingTaskContext;
import dev.leasehold.testing.JdbcTaskContext;
import dev.leasehold.testing.LocalServer;
import dev.leasehold.testing.TestPostgres;
import dev.leasehold.type.demo.DemoServer;
import dev.leasehold.type.secret.KeyFile;
import dev.leasehold.type.secret.Vault;
import dev.leasehold.type.secret.VaultException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class OAuthTokenTest {

    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final String SECRET = "client-secret-of-the-test";

    private static OutboundTestKit kit;
    private static TestPostgres.Database database;
    private static Path keyFile;
    private static Vault vault;

    @TempDir
    static Path keys;

    @TempDir
    Path spool;

    private LocalServer provider;
    private OAuthTokenHandler handler;
    private JdbcTaskContext context;
    private String id;

    @BeforeAll
    static void start() throws Exception {
        kit = new OutboundTestKit();
        database = TestPostgres.freshDatabase();
        Migrations.migratePlatform(database.url(), database.user(), database.password());
        keyFile = KeyFile.of(Optional.empty(), keys);
        try (Connection connection = database.connect()) {
            vault = Vault.open(connection, keyFile);
        }
    }

    @AfterAll
    static void stop() {
        kit.close();
    }

    @BeforeEach
    void startProvider() {
        provider = LocalServer.start();
        handler = new OAuthTokenHandler(
                kit.client("127.0.0.0/8", "first-byte-timeout = 1s, total-timeout = 2s"),
                vault,
                spool,
                Clock.systemUTC(),
                System::nanoTime);
        id = "connection-" + NUMBER.incrementAndGet();
        context = new JdbcTaskContext(database, NUMBER.get(), 1);
    }

    @AfterEach
    void stopProvider() {
        provider.close();
    }

    private void connect(@Nullable String policy, long expiresIn) throws Exception {
        connect(provider.url("/token"), policy, expiresIn);
    }

    private void connect(String endpoint, @Nullable String policy, long expiresIn) throws Exception {
        try (Connection connection = database.connect()) {
            Credentials.create(
                    connection,
                    vault,
                    new NewCredential(
                            "default",
                            id,
                            "nobody-knows",
                            "ada",
                            endpoint,
                            "client",
                            SECRET,
                            null,
                            policy,
                            "R0",
                            "A0",
                            expiresIn));
        }
    }

    private Outcome run() throws Exception {
        return handler.run(new OAuthToken(id), context);
    }

    private void answers(Function<Integer, String> json) {
        AtomicInteger calls = new AtomicInteger();
        provider.on(
                "/token",
                exchange -> LocalServer.answer(exchange, 200, "application/json", json.apply(calls.incrementAndGet())));
    }

    private void rotates() {
        answers(call ->
                "{\"access_token\":\"A%d\",\"token_type\":\"Bearer\",\"expires_in\":3600,\"refresh_token\":\"R%d\"}"
                        .formatted(call, call));
    }

    private static void hangUp(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 1000);
        exchange.getResponseBody().write('{');
    }

    private List<String> presented() {
        return provider.requests().stream()
                .map(request -> request.body().replaceAll(".*refresh_token=(R[0-9]+).*", "$1"))
                .toList();
    }

    private String column(String column) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT " + column + " FROM leasehold.credential WHERE id = '" + id + "'")) {
            row.next();
            return String.valueOf(row.getString(1));
        }
    }

    private void attemptTimeHasPassed() throws SQLException {
        database.execute(
                "UPDATE leasehold.credential SET attempt_until = now() - interval '1 s' WHERE id = '" + id + "'");
    }

    private void accessEndsIn(int seconds) throws SQLException {
        database.execute(
                "UPDATE leasehold.credential SET access_issued_at = now() - interval '1 h', access_expires_at = now() + interval '"
                        + seconds + " s' WHERE id = '" + id + "'");
    }

    private void crashAfterSend() throws Exception {
        database.execute("UPDATE leasehold.credential SET state = 'refreshing', attempt_id = gen_random_uuid(),"
                + " attempt_until = now() - interval '1 s', presented = 1 WHERE id = '" + id + "'");
    }

    private Optional<String> accessToken() throws Exception {
        try (Connection connection = database.connect()) {
            return Credentials.accessToken(connection, vault, "default", id);
        }
    }

    @Test
    void refreshesAndRotatesAndIsDueAgainBeforeExpiry() throws Exception {
        rotates();
        connect(null, 1);

        Outcome first = run();
        accessEndsIn(1);
        Outcome second = run();

        assertThat(first.kind()).isEqualTo(Kind.SUCCESS);
        assertThat(first.nextDueAt())
                .isBetween(
                        Clock.systemUTC().instant().plusSeconds(3600 - 420),
                        Clock.systemUTC().instant().plusSeconds(3600 - 300));
        assertThat(second.kind()).isEqualTo(Kind.SUCCESS);
        assertThat(presented()).containsExactly("R0", "R1");
        assertThat(accessToken()).contains("A2");
        assertThat(column("state")).isEqualTo("idle");
        assertThat(column("generation")).isEqualTo("3");
        assertThat(first.toString()).doesNotContain("A1", "R1");
        assertThat(provider.requests().get(0).headers().getFirst("Authorization"))
                .startsWith("Basic ");
    }

    @Test
    void doesNothingWhileTokenIsFresh() throws Exception {
        rotates();
        connect(null, 3600);

        Outcome outcome = run();

        assertThat(outcome.kind()).isEqualTo(Kind.SKIPPED);
        assertThat(outcome.nextDueAt()).isNotNull();
        assertThat(provider.requests()).isEmpty();
    }

    @Test
    void keepsOldRefreshTokenWhereProviderSendsNone() throws Exception {
        answers(call -> "{\"access_token\":\"A" + call + "\",\"expires_in\":\"3600\"}");
        connect("none", 1);

        run();
        accessEndsIn(1);
        run();

        assertThat(presented()).containsExactly("R0", "R0");
        assertThat(accessToken()).contains("A2");
    }

    @Test
    void assumesLifetimeWhereProviderNamesNone() throws Exception {
        answers(call -> "{\"access_token\":\"A1\",\"token_type\":\"bearer\"}");
        connect(null, 1);

        run();

        assertThat(column("expiry_assumed")).isEqualTo("t");
    }

    @Test
    void storesNothingReadable() throws Exception {
        rotates();
        connect(null, 1);

        run();

        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT string_agg(row::text, '') FROM (SELECT c::text AS row"
                                + " FROM leasehold.credential c UNION ALL SELECT r::text FROM leasehold.token_result r) AS all_rows")) {
            row.next();
            for (String secret : List.of("R0", "R1", "A1", SECRET)) {
                String hex = java.util.HexFormat.of().formatHex(secret.getBytes(StandardCharsets.UTF_8));
                assertThat(row.getString(1)).doesNotContain(hex).doesNotContain("\"" + secret);
            }
        }
    }

    @Test
    void ciphertextOfAnotherRowCannotBeRead() throws Exception {
        connect(null, 3600);
        String first = id;
        id = "copy-of-" + first;
        connect(null, 3600);
        database.execute("UPDATE leasehold.credential SET access_ct = (SELECT access_ct FROM leasehold.credential"
                + " WHERE id = '" + first + "') WHERE id = '" + id + "'");

        assertThatThrownBy(this::accessToken).isInstanceOf(VaultException.class).hasMessageNotContaining("A0");
    }

    @Test
    void refusesAnotherKeyFile() throws Exception {
        Path other = KeyFile.of(Optional.empty(), spool);

        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Vault.open(connection, other))
                    .isInstanceOf(VaultException.class)
                    .hasMessageContaining("LEASEHOLD_KEY_FILE");
            Files.writeString(other, "not a key");
            assertThatThrownBy(() -> Vault.open(connection, other)).hasMessageContaining("32 bytes");
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keyFile)))
                .isEqualTo("rw-------");
    }

    @ParameterizedTest
    @CsvSource({
        "400, '{\"error\":\"invalid_grant\"}', AUTH, reconnect",
        "400, '{\"error\":\"interaction_required\"}', AUTH, reconnect",
        "401, '{\"error\":\"invalid_client\"}', AUTH, idle",
        "401, '', AUTH, idle",
        "400, '{\"error\":\"invalid_scope\"}', CONFIG, idle",
        "404, '<html>', CONFIG, idle",
        "429, '', API_LIMIT, idle",
        "500, '<html>', NETWORK, idle",
        "503, '{\"error\":\"temporarily_unavailable\"}', NETWORK, idle",
        "200, '{\"error\":\"invalid_grant\"}', AUTH, reconnect"
    })
    void classifiesRefusals(int status, String body, Reason reason, String state) throws Exception {
        provider.on("/token", status, "application/json", body);
        connect("strict", 1);

        Outcome outcome = run();

        assertThat(outcome.reason()).isEqualTo(reason);
        assertThat(column("state")).isEqualTo(state);
        assertThat(provider.requests()).hasSize(1);
        assertThat(column("presented")).isEqualTo(state.equals("idle") ? "0" : "1");
    }

    @Test
    void neverAsksAgainOnceReconnectIsNeeded() throws Exception {
        provider.on("/token", 400, "application/json", "{\"error\":\"invalid_grant\"}");
        connect(null, 1);

        run();
        Outcome again = run();

        assertThat(again.reason()).isEqualTo(Reason.AUTH);
        assertThat(again.retryable()).isFalse();
        assertThat(provider.requests()).hasSize(1);
        assertThat(context.alerts()).containsKey("reconnect");
    }

    @Test
    void spendsNothingWhenProviderIsNotReached() throws Exception {
        provider.close();
        connect("strict", 1);

        Outcome outcome = run();

        assertThat(outcome.reason()).isEqualTo(Reason.NETWORK);
        assertThat(column("state")).isEqualTo("idle");
        assertThat(column("presented")).isEqualTo("0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "lenient", "grace"})
    void asksAgainAtOnceWhereOldTokenStaysGood(String policy) throws Exception {
        AtomicInteger calls = new AtomicInteger();
        provider.on("/token", exchange -> {
            if (calls.incrementAndGet() == 1) {
                hangUp(exchange);
            } else {
                LocalServer.answer(exchange, 200, "application/json", "{\"access_token\":\"A1\",\"expires_in\":3600}");
            }
        });
        connect(policy, 1);

        Outcome lost = run();
        Outcome again = run();

        assertThat(lost.reason()).isEqualTo(Reason.NETWORK);
        assertThat(again.kind()).isEqualTo(Kind.SUCCESS);
        assertThat(presented()).containsExactly("R0", "R0");
    }

    @Test
    void strictProviderIsAskedOnceMoreLateAndThenReconnectIsNeeded() throws Exception {
        provider.on("/token", OAuthTokenTest::hangUp);
        connect("strict", 1);
        accessEndsIn(200);

        Outcome lost = run();
        Outcome tooEarly = run();
        accessEndsIn(60);
        Outcome replay = run();
        Outcome over = run();

        assertThat(lost.kind()).isEqualTo(Kind.SKIPPED);
        assertThat(lost.message()).contains("lost");
        assertThat(tooEarly.kind()).isEqualTo(Kind.SKIPPED);
        assertThat(replay.reason()).isEqualTo(Reason.AUTH);
        assertThat(over.reason()).isEqualTo(Reason.AUTH);
        assertThat(presented()).containsExactly("R0", "R0");
        assertThat(column("state")).isEqualTo("reconnect");
        assertThat(column("state_reason")).contains("answer was lost");
    }

    @Test
    void crashAfterSendToStrictProviderWaitsForLateReplay() throws Exception {
        rotates();
        connect("strict", 250);
        crashAfterSend();

        Outcome waiting = run();
        accessEndsIn(30);
        Outcome replayed = run();

        assertThat(waiting.kind()).isEqualTo(Kind.SKIPPED);
        assertThat(replayed.kind()).isEqualTo(Kind.SUCCESS);
        assertThat(presented()).containsExactly("R0");
    }

    @Test
    void crashAfterSendToLenientProviderAsksAgain() throws Exception {
        rotates();
        connect("lenient", 250);
        crashAfterSend();

        assertThat(run().kind()).isEqualTo(Kind.SUCCESS);
    }

    @Test
    void leavesConnectionAloneWhileAnotherAttemptIsUnderWay() throws Exception {
        rotates();
        connect(null, 1);
        crashAfterSend();
        database.execute(
                "UPDATE leasehold.credential SET attempt_until = now() + interval '30 s' WHERE id = '" + id + "'");

        assertThat(run().kind()).isEqualTo(Kind.SKIPPED);
        assertThat(provider.requests()).isEmpty();
    }

    @Test
    void fiveRunsAtOnceAskOnce() throws Exception {
        CountDownLatch all = new CountDownLatch(5);
        rotates();
        connect("strict", 1);

        List<CompletableFuture<Outcome>> runs = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            runs.add(CompletableFuture.supplyAsync(() -> {
                all.countDown();
                try {
                    all.await();
                    return run();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        List<Kind> kinds = runs.stream().map(run -> run.join().kind()).toList();

        assertThat(kinds).containsOnlyOnce(Kind.SUCCESS).contains(Kind.SKIPPED);
        assertThat(provider.requests()).hasSize(1);
    }

    @Test
    void keepsAnswerOnDiskWhileDatabaseIsDownAndAdoptsItLater() throws Exception {
        rotates();
        connect("strict", 1);
        TaskContext failing = new ForwardingTaskContext(context) {
            private final AtomicInteger transactions = new AtomicInteger();

            @Override
            public <T> T inTransaction(String pool, Duration atMost, ConnectionWork<T> work) throws Exception {
                if (transactions.incrementAndGet() == 2) {
                    throw new SQLException("the server is gone", "08006");
                }
                return super.inTransaction(pool, atMost, work);
            }
        };

        assertThatThrownBy(() -> handler.run(new OAuthToken(id), failing)).hasMessageContaining("gone");
        List<Path> waiting;
        try (var files = Files.list(spool)) {
            waiting = files.toList();
        }
        assertThat(waiting).hasSize(1);
        assertThat(Files.readString(waiting.get(0))).doesNotContain("R1");
        attemptTimeHasPassed();
        Outcome adopted = run();

        assertThat(adopted.kind()).isEqualTo(Kind.SUCCESS);
        assertThat(accessToken()).contains("A1");
        assertThat(presented()).containsExactly("R0");
        assertThat(waiting.get(0)).doesNotExist();
    }

    @Test
    void holdsNoConnectionWhileProviderIsAsked() throws Exception {
        AtomicInteger open = new AtomicInteger(-1);
        provider.on("/token", exchange -> {
            open.set(context.openConnections());
            LocalServer.answer(exchange, 200, "application/json", "{\"access_token\":\"A1\",\"expires_in\":3600}");
        });
        connect(null, 1);

        run();

        assertThat(open).hasValue(0);
    }

    @Test
    void livesWithStrictServerOfTheDemo() throws Exception {
        DemoServer demo = DemoServer.start(kit.system(), spool, Clock.systemUTC());
        var issued = demo.authorization().grant("ada");
        try (Connection connection = database.connect()) {
            Credentials.create(
                    connection,
                    vault,
                    new NewCredential(
                            "default",
                            id,
                            "demo",
                            "ada",
                            demo.baseUrl() + "/oauth/token",
                            "leasehold-demo",
                            demo.authorization().clientSecret(),
                            null,
                            null,
                            issued.refreshToken(),
                            null,
                            1));
        }

        for (int i = 0; i < 3; i++) {
            accessEndsIn(1);
            assertThat(run().kind()).isEqualTo(Kind.SUCCESS);
        }
        demo.stop();
    }

    @Test
    void saysThatConnectionIsNotThere() throws Exception {
        assertThat(run().reason()).isEqualTo(Reason.CONFIG);
        assertThatThrownBy(() -> new OAuthToken("a/b")).hasMessageContaining("connection");
    }
}
