package dev.leasehold.type.oauth;

import com.sun.net.httpserver.HttpExchange;
import dev.leasehold.outbound.OutboundTestKit;
import dev.leasehold.store.Migrations;
import dev.leasehold.task.Outcome;
import dev.leasehold.testing.JdbcTaskContext;
import dev.leasehold.testing.LocalServer;
import dev.leasehold.testing.TestPostgres;
import dev.leasehold.type.secret.KeyFile;
import dev.leasehold.type.secret.Vault;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A hostile provider, a database and a handler for the tests of this package. */
@Timeout(60)
abstract class OAuthTokenBase {

    static final AtomicInteger NUMBER = new AtomicInteger();
    static final String SECRET = "client-secret-of-the-test";

    static OutboundTestKit kit;
    static TestPostgres.Database database;
    static Path keyFile;
    static Vault vault;

    @TempDir
    static Path keys;

    @TempDir
    Path spool;

    LocalServer provider;
    OAuthTokenHandler handler;
    JdbcTaskContext context;
    String id;

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

    void connect(@Nullable String policy, long expiresIn) throws Exception {
        connect(provider.url("/token"), policy, expiresIn);
    }

    void connect(String endpoint, @Nullable String policy, long expiresIn) throws Exception {
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
                            "refresh0",
                            "access0",
                            expiresIn));
        }
    }

    Outcome run() throws Exception {
        return handler.run(new OAuthToken(id), context);
    }

    void answers(Function<Integer, String> json) {
        AtomicInteger calls = new AtomicInteger();
        provider.on(
                "/token",
                exchange -> LocalServer.answer(exchange, 200, "application/json", json.apply(calls.incrementAndGet())));
    }

    void rotates() {
        answers(call ->
                "{\"access_token\":\"access%d\",\"token_type\":\"Bearer\",\"expires_in\":3600,\"refresh_token\":\"refresh%d\"}"
                        .formatted(call, call));
    }

    static void hangUp(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 1000);
        exchange.getResponseBody().write('{');
    }

    List<String> presented() {
        return provider.requests().stream()
                .map(request -> request.body().replaceAll(".*refresh_token=(refresh[0-9]+).*", "$1"))
                .toList();
    }

    String column(String column) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT " + column + " FROM leasehold.credential WHERE id = '" + id + "'")) {
            row.next();
            return String.valueOf(row.getString(1));
        }
    }

    void attemptTimeHasPassed() throws SQLException {
        database.execute(
                "UPDATE leasehold.credential SET attempt_until = now() - interval '1 s' WHERE id = '" + id + "'");
    }

    void accessEndsIn(int seconds) throws SQLException {
        database.execute(
                "UPDATE leasehold.credential SET access_issued_at = now() - interval '1 h', access_expires_at = now() + interval '"
                        + seconds + " s' WHERE id = '" + id + "'");
    }

    void crashAfterSend() throws Exception {
        database.execute("UPDATE leasehold.credential SET state = 'refreshing', attempt_id = gen_random_uuid(),"
                + " attempt_until = now() - interval '1 s', presented = 1 WHERE id = '" + id + "'");
    }

    Optional<String> accessToken() throws Exception {
        try (Connection connection = database.connect()) {
            return Credentials.accessToken(connection, vault, "default", id);
        }
    }
}
