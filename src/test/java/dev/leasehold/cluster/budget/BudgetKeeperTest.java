package dev.leasehold.cluster.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import dev.leasehold.admin.DirectLeases;
import dev.leasehold.lease.ControlConnection;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.PoolGuardian;
import dev.leasehold.lease.PoolGuardian.SetBudget;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.SqlWork;
import dev.leasehold.store.Alerts;
import dev.leasehold.store.Migrations;
import dev.leasehold.store.Partitions;
import dev.leasehold.testing.TestPostgres;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The keeper against a real server, whose limits are changed under it. */
class BudgetKeeperTest {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final TestPostgres.Database database = TestPostgres.freshDatabase();
    private final ActorTestKit kit = ActorTestKit.create();
    private final DirectLeases leases = new DirectLeases(database);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final BudgetBoard board = new BudgetBoard(registry);
    private final TestProbe<PoolGuardian.Command> platform = kit.createTestProbe();
    private final TestProbe<PoolGuardian.Command> userdata = kit.createTestProbe();
    private final CompletableFuture<Optional<String>> first = new CompletableFuture<>();

    @BeforeEach
    void migrate() {
        Migrations.migratePlatform(database.url(), database.user(), database.password());
    }

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
        leases.close();
    }

    /** Its work goes over plain connections. */
    private final class Control implements ControlConnection {
        @Override
        public <T> CompletionStage<T> execute(Duration limit, SqlWork<T> work) {
            return leases.run(PoolName.PLATFORM, LeaseClass.CONTROL, Holder.node("test"), Hold.atMost(limit), work);
        }

        @Override
        public void listen(String channel, Consumer<String> listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void onConnected(SqlWork<?> hook) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isHealthy() {
            return true;
        }
    }

    private ActorRef<BudgetKeeper.Command> keeper() {
        return kit.spawn(BudgetKeeper.create(
                new BudgetKeeper.Setup(
                        "node-1",
                        OptionalInt.empty(),
                        Map.of(PoolName.PLATFORM, 15, PoolName.USERDATA, 15),
                        Map.of(PoolName.PLATFORM, new Control(), PoolName.USERDATA, new Control()),
                        Map.of(PoolName.PLATFORM, platform.getRef(), PoolName.USERDATA, userdata.getRef()),
                        leases,
                        board),
                first));
    }

    private void limitRole(int limit) throws SQLException {
        try (Connection admin = TestPostgres.superuser();
                Statement statement = admin.createStatement()) {
            statement.execute("ALTER ROLE " + database.user() + " CONNECTION LIMIT " + limit);
        }
    }

    private void expectPermits(int ofPlatform, int ofUserdata) {
        assertThat(platform.expectMessageClass(SetBudget.class, LIMIT).permits())
                .isEqualTo(ofPlatform);
        assertThat(userdata.expectMessageClass(SetBudget.class, LIMIT).permits())
                .isEqualTo(ofUserdata);
    }

    private List<String> openAlerts() throws SQLException {
        try (Connection connection = database.connect()) {
            return Alerts.list(connection, null, true, 10).stream()
                    .map(row -> row.alert().source() + " " + row.alert().name())
                    .toList();
        }
    }

    @Test
    @Tag("row44")
    void followsTheServersLimitAndTheMembersAndKeepsThePersonInformed() throws Exception {
        try (Connection connection = database.connect()) {
            Partitions.ensure(connection, 1);
        }
        ActorRef<BudgetKeeper.Command> keeper = keeper();
        expectPermits(15, 15);
        assertThat(first.get()).isEmpty();
        await().until(() -> openAlerts().equals(List.of("pool/platform+userdata budget_no_role_limit")));

        limitRole(20);
        keeper.tell(BudgetKeeper.Look.INSTANCE);
        expectPermits(9, 9);
        await().until(() -> openAlerts().equals(List.of("pool/platform+userdata budget_scaled_down")));
        assertThat(shown("budget")).isEqualTo(20);
        assertThat(shown("permits")).isEqualTo(9);

        keeper.tell(new BudgetKeeper.Members(new TreeSet<>(List.of("node-1", "node-2", "node-3"))));
        expectPermits(3, 2);
        assertThat(shown("share")).isEqualTo(7);

        limitRole(60);
        keeper.tell(new BudgetKeeper.Members(new TreeSet<>(List.of("node-1"))));
        keeper.tell(BudgetKeeper.Look.INSTANCE);
        expectPermits(9, 9);
        expectPermits(15, 15);
        await().until(() -> openAlerts().isEmpty());
    }

    private double shown(String state) {
        return registry.get("leasehold_budget_connections")
                .tag("pool", "platform")
                .tag("state", state)
                .gauge()
                .value();
    }

    @Test
    @Tag("row44")
    void saysWhyANodeCannotStartOnSoFew() throws Exception {
        limitRole(3);

        keeper();

        assertThat(first.get()).hasValueSatisfying(why -> assertThat(why).contains("a budget of 3 connections"));
        expectPermits(1, 1);
    }

    @Test
    void writesLaterWhatCouldNotBeWrittenYet() throws Exception {
        ActorRef<BudgetKeeper.Command> keeper = keeper();
        expectPermits(15, 15);
        assertThat(openAlerts()).isEmpty(); // the table of events has no partition for today

        try (Connection connection = database.connect()) {
            Partitions.ensure(connection, 1);
        }
        await().until(() -> {
            keeper.tell(BudgetKeeper.Look.INSTANCE);
            return openAlerts().size() == 1;
        });
    }
}
