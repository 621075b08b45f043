package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.leasehold.testing.TestPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** The settings of the system before us and ours, under one load, on what a default server gives: 97 connections. */
@Tag("long")
class PoolSizesTest {

    private static final int SERVER_GIVES = 97;
    private static final int CALLERS = 240;
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(20));

    /** Opens connections, and counts how many the server refused because it had none left. */
    private static final class CountingSource extends PGSimpleDataSource {
        private static final long serialVersionUID = 1;
        private final transient AtomicInteger refusals;

        private CountingSource(TestPostgres.Database database, AtomicInteger refusals) {
            this.refusals = refusals;
            setUrl(database.url());
            setUser(database.user());
            setPassword(database.password());
        }

        @Override
        public Connection getConnection(String user, String password) throws SQLException {
            try {
                return super.getConnection(user, password);
            } catch (SQLException e) {
                if ("53300".equals(e.getSQLState())) {
                    refusals.incrementAndGet();
                }
                throw e;
            }
        }
    }

    private static void limit(TestPostgres.Database database) throws SQLException {
        try (Connection admin = TestPostgres.superuser();
                Statement statement = admin.createStatement()) {
            statement.execute("ALTER ROLE " + database.user() + " CONNECTION LIMIT " + SERVER_GIVES);
        }
    }

    private static int backends(Connection observer, TestPostgres.Database database) throws SQLException {
        try (Statement statement = observer.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM pg_stat_activity WHERE usename = '"
                        + database.user() + "' AND backend_type = 'client backend'")) {
            row.next();
            return row.getInt(1);
        }
    }

    private static boolean work(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.execute("SELECT pg_sleep(0.02)");
        }
    }

    @Test
    @Tag("row23")
    @Tag("row65")
    void twentyAndThirtyAskForMoreThanTheServerHas() throws Exception {
        TestPostgres.Database database = TestPostgres.freshDatabase();
        limit(database);
        AtomicInteger refusals = new AtomicInteger();
        AtomicBoolean over = new AtomicBoolean();
        List<CompletableFuture<Object>> callers = new ArrayList<>();
        try (Connection observer = TestPostgres.superuser();
                HikariDataSource platform = old(database, refusals);
                HikariDataSource userdata = old(database, refusals)) {
            for (int no = 0; no < CALLERS; no++) {
                HikariDataSource pool = no % 2 == 0 ? platform : userdata;
                callers.add(TestPools.onOwnThread(() -> {
                    while (!over.get()) {
                        try (Connection connection = pool.getConnection()) {
                            work(connection);
                        }
                    }
                    return true;
                }));
            }

            await().atMost(Duration.ofMinutes(1)).until(() -> refusals.get() > 0);
            assertThat(backends(observer, database)).isGreaterThan(SERVER_GIVES - 10);
            over.set(true);
            for (CompletableFuture<Object> caller : callers) {
                caller.handle((done, failure) -> true).join();
            }
        }
    }

    private static HikariDataSource old(TestPostgres.Database database, AtomicInteger refusals) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(new CountingSource(database, refusals));
        config.setMinimumIdle(20);
        config.setMaximumPoolSize(50);
        return new HikariDataSource(config);
    }

    @Test
    @Tag("row23")
    @Tag("row65")
    @Tag("row25")
    @Tag("row52")
    void fiveAndTenDoTheSameWorkOnAThirdOfIt() throws Exception {
        AtomicInteger most = new AtomicInteger();
        try (TestPools pools = new TestPools()) {
            limit(pools.database);
            List<CompletableFuture<Boolean>> all = new ArrayList<>();
            for (int no = 0; no < 4 * CALLERS; no++) {
                int number = no;
                all.add(pools.pools
                        .leases()
                        .run(
                                no % 2 == 0 ? PoolName.PLATFORM : PoolName.USERDATA,
                                LeaseClass.TASK,
                                TestPools.HOLDER,
                                HOLD,
                                connection -> {
                                    if (number % 16 == 0) {
                                        most.accumulateAndGet(pools.backends("%"), Math::max);
                                    }
                                    return work(connection);
                                })
                        .toCompletableFuture());
            }
            for (CompletableFuture<Boolean> each : all) {
                assertThat(each.get()).isTrue();
            }

            assertThat(most.get()).isBetween(10, 32); // two times fifteen and a control connection
            for (PoolName pool : PoolName.values()) {
                PoolStatus status = pools.status(pool);
                assertThat(status.created()).isLessThanOrEqualTo(15 + status.recycled());
                assertThat(status.timeouts()).isZero();
            }
            assertThat(pools.registry.find("leasehold_pool_open_failures").counters())
                    .isEmpty();
        }
    }

    @Test
    @Tag("row66")
    void aLeaseCostsAFractionOfAConnectionOfOnesOwn() throws Exception {
        int operations = 60;
        long[] own = new long[operations];
        long[] leased = new long[operations];
        try (TestPools pools = new TestPools()) {
            pools.run(PoolSizesTest::work);
            for (int no = 0; no < operations; no++) {
                long begin = Ticker.SYSTEM.nanos();
                try (Connection connection = pools.database.connect()) {
                    connection.createStatement().execute("SELECT 1");
                }
                long between = Ticker.SYSTEM.nanos();
                pools.run(connection -> connection.createStatement().execute("SELECT 1"));
                own[no] = between - begin;
                leased[no] = Ticker.SYSTEM.nanos() - between;
            }
        }
        Arrays.sort(own);
        Arrays.sort(leased);

        // The benchmark says by how much; the claim was four fifths.
        assertThat(leased[operations / 2]).isLessThan(own[operations / 2] / 2);
    }
}
