package dev.leasehold.admin;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorSystem;
import com.fasterxml.jackson.databind.JsonNode;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.leasehold.admin.api.PoolViews;
import dev.leasehold.admin.auth.RateSettings;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.cluster.budget.BudgetPlan;
import dev.leasehold.engine.Engine;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.LiveLease;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.PoolStatus;
import dev.leasehold.store.Json;
import dev.leasehold.store.Lanes;
import dev.leasehold.store.Migrations;
import dev.leasehold.store.Nodes;
import dev.leasehold.store.Partitions;
import dev.leasehold.testing.TestPostgres;
import dev.leasehold.type.ShippedTypes;
import dev.leasehold.type.sql.SqlCallHandler;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The whole HTTP server on a free port, over the real PostgreSQL, beside an engine that runs nothing. */
public final class AdminFixture implements AutoCloseable {

    public static final String TOKEN = "a-token-for-tests-0123456789-0123456789";

    public final TestPostgres.Database database = TestPostgres.freshDatabase();
    public final StillEngine engine;
    public final DirectLeases leases;
    public final AtomicReference<HealthCheck.Result> health =
            new AtomicReference<>(HealthCheck.Result.healthy("all is well"));
    public final ActorTestKit kit;
    public final Admin admin;
    public final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(10))
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    public AdminFixture() throws Exception {
        this(Optional.of(TOKEN), (system, leases, engine, pools) -> List.of());
    }

    /** Makes further endpoints, such as the dashboard's. */
    @FunctionalInterface
    public interface Pages {
        List<Endpoint> on(ActorSystem<?> system, Leases leases, Engine engine, PoolViews pools);
    }

    /** A server with this admin token and further endpoints. */
    public AdminFixture(Optional<String> token, Pages pages) throws Exception {
        this(token, pages, new RateSettings(100_000, 100_000, 100_000, 100_000));
    }

    AdminFixture(Optional<String> token, Pages pages, RateSettings rates) throws Exception {
        Migrations.migratePlatform(database.url(), database.user(), database.password());
        try (Connection connection = database.connect()) {
            Lanes.ensure(connection, 4);
            Partitions.ensure(connection, 1);
            Nodes.register(connection, StillEngine.INCARNATION, "a", "127.0.0.1", 42);
        }
        List<dev.leasehold.task.TaskHandler<?>> handlers = new ArrayList<>(ShippedTypes.demoHandlers());
        handlers.add(new SqlCallHandler());
        engine = new StillEngine(handlers);
        leases = new DirectLeases(database);
        kit = ActorTestKit.create("admin-test", config());
        Admin.Parts parts = new Admin.Parts(
                leases,
                engine,
                pools(),
                () -> CompletableFuture.completedFuture("leasehold_lanes_owned 4.0\n"),
                List.of(new HealthCheck("node", () -> CompletableFuture.completedFuture(health.get()))),
                Clock.systemUTC(),
                token,
                rates,
                dev.leasehold.dashboard.Pages::login,
                pages.on(kit.system(), leases, engine, pools()));
        admin = Admin.start(kit.system(), "127.0.0.1", 0, parts)
                .toCompletableFuture()
                .get();
    }

    static Config config() {
        return ConfigFactory.parseString(
                        "akka.remote.artery.canonical.port = 0, akka.remote.artery.canonical.hostname = \"127.0.0.1\","
                                + " akka.coordinated-shutdown.run-by-jvm-shutdown-hook = off")
                .withFallback(ConfigFactory.parseResources("leasehold-akka.conf"))
                .withFallback(ConfigFactory.defaultReferenceUnresolved())
                .resolve();
    }

    public static PoolViews pools() {
        return new PoolViews(
                pool -> CompletableFuture.completedFuture(
                        new PoolStatus(pool, 5, 10, 15, 4, 1, 0, 0, 0, 0, 0, 6.666, 5, 0, 0, 9, 8, 0, 0, 1, true)),
                pool -> CompletableFuture.completedFuture(
                        pool == PoolName.PLATFORM
                                ? List.of(new LiveLease(
                                        "l-1",
                                        pool,
                                        LeaseClass.TASK,
                                        new Holder("/user/run-1", "7", "7.1", "demo-sleep", "default"),
                                        Instant.parse("2026-11-21T12:00:00Z"),
                                        Instant.parse("2026-11-21T12:01:00Z"),
                                        "active",
                                        "SELECT '<b>'",
                                        4711))
                                : List.of()),
                () -> List.of(new BudgetPlan(
                        "leasehold",
                        80,
                        Map.of(StillEngine.INCARNATION, 80),
                        80,
                        Map.of(PoolName.PLATFORM, 15, PoolName.USERDATA, 15),
                        17,
                        List.of())));
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + admin.address().getPort() + path);
    }

    /** A request with the admin token and a JSON body. */
    public Answer call(String method, String path, @Nullable String body) throws Exception {
        return send(request(method, path, body).header("Authorization", "Bearer " + TOKEN));
    }

    public Answer get(String path) throws Exception {
        return call("GET", path, null);
    }

    public Answer post(String path, String body) throws Exception {
        return call("POST", path, body);
    }

    public HttpRequest.Builder request(String method, String path, @Nullable String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(60));
        if (body == null) {
            return request.method(method, HttpRequest.BodyPublishers.noBody());
        }
        return request.method(method, HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8))
                .header("Content-Type", "application/json");
    }

    public Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        return new Answer(response, new String(response.body(), StandardCharsets.UTF_8));
    }

    /** An answer, with its body as text. */
    public record Answer(HttpResponse<byte[]> response, String text) {

        public int status() {
            return response.statusCode();
        }

        public JsonNode json() {
            return Json.tree(text);
        }

        public String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    /** One number of the database. */
    public long count(String sql) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    @Override
    public void close() {
        kit.shutdownTestKit();
        leases.close();
    }
}
