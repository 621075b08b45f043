package dev.leasehold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.Config;
import dev.leasehold.config.ConfigLoader;
import dev.leasehold.config.StartMode;
import dev.leasehold.lease.Hold;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.task.TaskType;
import dev.leasehold.testing.TestPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pools of a whole node, whose role may hold fewer connections than they would like. */
class NodePoolsTest {

    private static final int LIMIT = 20;
    private static final String TOKEN = "0123456789-0123456789-0123456789!";
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(20));

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path folder;

    private static final TestPostgres.Database DATABASE = TestPostgres.freshDatabase();

    @SuppressWarnings("NullAway.Init")
    private static Leasehold leasehold;

    @SuppressWarnings("NullAway.Init")
    private static Connection observer;

    @BeforeAll
    static void start() throws Exception {
        observer = TestPostgres.superuser();
        execute("ALTER ROLE " + DATABASE.user() + " CONNECTION LIMIT " + LIMIT);
        leasehold = Leasehold.start(config(DATABASE, "node"), Handlers.of(new InvoiceReminder(), new Leaky()));
    }

    @AfterAll
    static void stop() throws Exception {
        leasehold.close();
        observer.close();
    }

    private static Config config(TestPostgres.Database database, String data) {
        Map<String, String> environment = Map.of(
                "LEASEHOLD_DATABASE_URL", database.url(),
                "LEASEHOLD_DATABASE_USER", database.user(),
                "LEASEHOLD_DATABASE_PASSWORD", database.password(),
                "LEASEHOLD_DATA_DIR", folder.resolve(data).toString(),
                "LEASEHOLD_ADMIN_TOKEN", TOKEN,
                "LEASEHOLD_HTTP_PORT", "0",
                "LEASEHOLD_REMOTING_PORT", "0");
        return new ConfigLoader(StartMode.PRODUCTION, environment, Map.of(), Optional.empty()).load();
    }

    /** Keeps its connection in a transaction until it is interrupted, and then does so again. */
    static final class Leaky implements TaskHandler<Leaky.Nothing> {

        record Nothing() {}

        @Override
        public TaskType<Nothing> type() {
            return TaskType.of("leaky", Nothing.class);
        }

        @Override
        public Outcome run(Nothing nothing, TaskContext context) throws Exception {
            return context.inTransaction(TaskContext.USERDATA, Duration.ofMillis(1_200), connection -> {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("SELECT 'whose?'");
                }
                new CountDownLatch(1).await();
                return Outcome.success();
            });
        }
    }

    private static synchronized void execute(String sql) throws SQLException {
        try (Statement statement = observer.createStatement()) {
            statement.execute(sql);
        }
    }

    private static synchronized int observed(String sql) throws SQLException {
        try (Statement statement = observer.createStatement();
                ResultSet row = statement.executeQuery(sql.formatted(DATABASE.user()))) {
            row.next();
            return row.getInt(1);
        }
    }

    private static int backends() throws SQLException {
        return observed(
                "SELECT count(*) FROM pg_stat_activity WHERE usename = '%s' AND backend_type = 'client backend'");
    }

    private static HttpResponse<String> get(String path) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(
                                        URI.create("http://" + leasehold.node().http() + path))
                                .header("Authorization", "Bearer " + TOKEN)
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode json(String path) throws Exception {
        return new ObjectMapper().readTree(get(path).body());
    }

    /** A hundred at once on both pools; the most connections that the server saw meanwhile. */
    private static int work() {
        AtomicInteger most = new AtomicInteger();
        List<CompletableFuture<Boolean>> all = new ArrayList<>();
        for (int no = 0; no < 100; no++) {
            all.add(leasehold
                    .leases()
                    .run(no % 2 == 0 ? "platform" : "userdata", HOLD, connection -> {
                        try (Statement statement = connection.createStatement()) {
                            statement.execute("SELECT pg_sleep(0.02)");
                        }
                        most.accumulateAndGet(backends(), Math::max);
                        return true;
                    })
                    .toCompletableFuture());
        }
        all.forEach(each -> each.handle((worked, failure) -> true).join());
        return most.get();
    }

    @Test
    @Tag("row44")
    @Tag("row43")
    void scalesItsPoolsDownToWhatTheRoleMayHold() throws Exception {
        JsonNode budget = json("/api/v1/nodes").at("/budgets/0");
        assertThat(budget.get("connections").intValue()).isEqualTo(LIMIT);
        assertThat(budget.at("/permits/platform").intValue()
                        + budget.at("/permits/userdata").intValue())
                .isEqualTo(LIMIT - 2);
        assertThat(json("/api/v1/pools").at("/platform/max").intValue()).isEqualTo(LIMIT / 2 - 1);

        assertThat(work()).isBetween(3, LIMIT);

        await().until(() ->
                json("/api/v1/alerts?open=true").toString().contains("scaled down to platform 9, userdata 9"));
        assertThat(json("/api/v1/events?type=budget_changed")
                        .at("/items/0/message")
                        .textValue())
                .contains("platform 9, userdata 9");
        String metrics = get("/metrics").body();
        assertThat(metrics).contains("leasehold_budget_connections{pool=\"userdata\",state=\"share\"} 20.0");
        // The server never had to refuse one.
        assertThat(metrics.lines().filter(line -> line.startsWith("leasehold_pool_open_failures")))
                .isEmpty();
    }

    /** Whoever works under a lease is counted by himself, too. */
    @Test
    @Tag("row37")
    @Tag("row38")
    void showsALeaseOnTheApiAndOnTheDashboardAsLongAsItIsHeld() throws Exception {
        await().until(() -> checkedOut() == 0);
        AtomicInteger inside = new AtomicInteger();
        CountDownLatch over = new CountDownLatch(1);
        List<CompletableFuture<Boolean>> held = new ArrayList<>();
        for (int no = 0; no < 3; no++) {
            held.add(leasehold
                    .leases()
                    .run("userdata", HOLD, connection -> {
                        inside.incrementAndGet();
                        return over.await(20, TimeUnit.SECONDS);
                    })
                    .toCompletableFuture());
        }
        await().until(() -> inside.get() == 3);

        JsonNode pool = json("/api/v1/pools").get("userdata");
        assertThat(pool.get("checked_out").intValue()).isEqualTo(inside.get());
        assertThat(pool.get("usage_percent").doubleValue()).isEqualTo(33.3); // of nine
        await().untilAsserted(() -> assertThat(get("/").body()).contains("3 of 9 connections leased"));

        over.countDown();
        for (CompletableFuture<Boolean> each : held) {
            assertThat(each.get()).isTrue();
        }
        await().until(() -> checkedOut() == 0);
        await().untilAsserted(() -> assertThat(get("/").body()).doesNotContain("3 of 9 connections leased"));
    }

    private static int checkedOut() throws Exception {
        return json("/api/v1/pools").at("/userdata/checked_out").intValue();
    }

    @Test
    @Tag("row18")
    void namesTheCulpritToEveryoneWhoAsks() throws Exception {
        String id = leasehold
                .tasks()
                .create(TaskSpec.of("leaky", new Leaky.Nothing()).key("leaky-1").tenant("anna"))
                .toCompletableFuture()
                .join()
                .id()
                .toString();
        await().atMost(Duration.ofSeconds(40))
                .until(() -> json("/api/v1/leases/revoked").get("items").size() >= 4); // the first and three restarts

        JsonNode lease = json("/api/v1/leases/revoked").at("/items/0");
        assertThat(lease.get("task_id").textValue()).isEqualTo(id);
        assertThat(lease.get("run_id").textValue()).startsWith(id);
        assertThat(lease.get("type").textValue()).isEqualTo("leaky");
        assertThat(lease.get("tenant").textValue()).isEqualTo("anna");
        assertThat(lease.get("pool").textValue()).isEqualTo("userdata");
        assertThat(lease.get("class").textValue()).isEqualTo("task");
        assertThat(lease.get("actor").textValue()).contains("/engine/type-leaky/run-");
        assertThat(lease.get("cause").textValue()).isEqualTo("expired");
        assertThat(lease.get("held_ms").longValue()).isGreaterThanOrEqualTo(1_200);
        assertThat(lease.get("idle_ms").longValue()).isPositive();
        assertThat(lease.get("in_transaction").booleanValue()).isTrue();
        assertThat(lease.get("sql").textValue()).isEqualTo("SELECT '?'");
        assertThat(lease.get("acquired_stack").textValue()).contains("Leaky.run");
        assertThat(lease.get("holder_stack").textValue()).contains("CountDownLatch.await");
        assertThat(lease.get("reclaimed_by").textValue()).isIn("close", "abort", "terminate");
        assertThat(lease.get("reclaim_ms").longValue()).isNotNegative();
        assertThat(lease.get("granted_at").textValue())
                .isLessThan(lease.get("revoked_at").textValue());

        assertThat(json("/api/v1/events?type=lease_revoked")
                        .at("/items/0/message")
                        .textValue())
                .contains("of type leaky");
        assertThat(get("/api/v1/alerts?open=true").body()).contains("lease_revoked", "task/" + id);
        await().until(() -> get("/metrics").body().contains("leasehold_lease_restarts_total{type=\"leaky\"} 3.0"));
        assertThat(get("/metrics").body())
                .contains("leasehold_leases_revoked_total{cause=\"expired\",pool=\"userdata\",type=\"leaky\"} 4.0");
        await().atMost(Duration.ofSeconds(40))
                .until(() -> get("/api/v1/tasks/" + id).body().contains("needs_intervention"));
        JsonNode last = json("/api/v1/tasks/" + id + "/runs").at("/items/0");
        assertThat(last.get("outcome").textValue()).isEqualTo("failed");
        assertThat(last.get("reason").textValue()).isEqualTo("lease");
    }

    @Test
    @Tag("row44")
    void doesNotStartOnFewerThanItNeeds() throws Exception {
        TestPostgres.Database poor = TestPostgres.freshDatabase();
        execute("ALTER ROLE " + poor.user() + " CONNECTION LIMIT 3");

        assertThatThrownBy(() -> Leasehold.start(config(poor, "poor"), Handlers.of(new InvoiceReminder())))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("a budget of 3 connections for role " + poor.user())
                .hasMessageContaining("need at least 4");
    }

    /** As the server counts the sessions of a database, whoever opens them and however. */
    @Test
    @Tag("row39")
    void connectsNowhereButInItsPools() throws Exception {
        int sessions = sessions();
        int opened = openedByPools();

        execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'leasehold:%"
                + "userdata' AND usename = '" + DATABASE.user() + "'");
        work();
        leasehold
                .tasks()
                .create(TaskSpec.of("invoice-reminder", new InvoiceReminder.Invoice(1)))
                .toCompletableFuture()
                .join();
        for (String path : List.of("/health", "/metrics", "/api/v1/pools", "/api/v1/nodes", "/api/v1/runs", "/")) {
            get(path);
        }

        await().untilAsserted(() -> {
            assertThat(openedByPools()).isGreaterThan(opened);
            assertThat(sessions() - sessions).isEqualTo(openedByPools() - opened);
        });
        assertThat(observed("SELECT count(*) FROM pg_stat_activity WHERE usename = '%s' AND"
                        + " backend_type = 'client backend' AND application_name NOT LIKE 'leasehold:%%'"))
                .isZero();
    }

    private static int sessions() throws SQLException {
        return observed("SELECT sessions FROM pg_stat_database WHERE datname = '%s'");
    }

    private static int openedByPools() throws Exception {
        JsonNode pools = json("/api/v1/pools");
        return pools.at("/platform/created").intValue()
                + pools.at("/userdata/created").intValue();
    }
}
