package dev.leasehold.bench;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.SqlWork;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * One burst of work on two pools under the old sizes (20 and 30 beyond) and under the new ones (5 and 10 beyond), on a
 * server that takes 100 connections. The old sizes ask for more than the server has and are refused with SQLSTATE 53300;
 * the new ones make callers wait a little instead. HikariCP stands for the old pools, which were another library's.
 */
final class PoolSizeBenchmark {

    private static final int OLD_SIZE = 20;
    private static final int OLD_MAX = 50;
    private static final int NEW_SIZE = 5;
    private static final int NEW_MAX = 15;
    private static final int CALLERS = 120;

    /** Long enough to open 100 connections one after the other. */
    private static final long BURST_MILLIS = 5_000;

    private static final String TOO_MANY_CONNECTIONS = "53300";

    private static final SqlWork<Boolean> WORK = connection -> {
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_sleep(0.02)")) {
            return statement.execute();
        }
    };

    private final Server server;
    private final BenchSettings settings;
    private final Results results;

    /** Opens connections, and counts how many the server refused because it had none left. */
    private static final class CountingSource extends PGSimpleDataSource {
        private static final long serialVersionUID = 1;
        private final transient AtomicInteger refusals;

        private CountingSource(BenchDatabase database, AtomicInteger refusals) {
            this.refusals = refusals;
            setUrl(database.url());
            setUser(database.owner());
            setPassword(database.password());
        }

        @Override
        public Connection getConnection(String user, String password) throws SQLException {
            try {
                return super.getConnection(user, password);
            } catch (SQLException e) {
                if (TOO_MANY_CONNECTIONS.equals(e.getSQLState())) {
                    refusals.incrementAndGet();
                }
                throw e;
            }
        }
    }

    PoolSizeBenchmark(Server server, BenchSettings settings, Results results) {
        this.server = server;
        this.settings = settings;
        this.results = results;
    }

    void run() throws SQLException, IOException, InterruptedException {
        for (int round = 0; round < settings.rounds(); round++) {
            hikari("old_settings", OLD_SIZE, OLD_MAX);
            hikari("new_settings", NEW_SIZE, NEW_MAX);
            leases();
        }
    }

    private void hikari(String variant, int size, int max) throws SQLException, InterruptedException {
        BenchDatabase database = server.freshDatabase("sizes");
        AtomicInteger refusals = new AtomicInteger();
        try (Observer observer = new Observer(server, database)) {
            try (HikariDataSource platform = pool(database, refusals, size, max);
                    HikariDataSource userdata = pool(database, refusals, size, max)) {
                List<HikariOwners> pools = List.of(new HikariOwners(platform), new HikariOwners(userdata));
                burst((turn, recorder, no) -> pools.get(no % 2).autocommit(turn, recorder, WORK));
            }
            results.add("hikari", "connections_peak_" + variant, observer.sessionsMax());
            results.add("hikari", "refused_53300_" + variant, refusals.get());
        }
        server.drop(database);
    }

    private void leases() throws SQLException, IOException, InterruptedException {
        BenchDatabase database = server.freshDatabase("sizes");
        int before = server.refusals();
        try (Observer observer = new Observer(server, database)) {
            try (LeasePools pools = LeasePools.start(database, NEW_SIZE, NEW_MAX - NEW_SIZE)) {
                List<LeaseOwners> owners =
                        List.of(new LeaseOwners(pools, PoolName.PLATFORM), new LeaseOwners(pools, PoolName.USERDATA));
                burst((turn, recorder, no) -> owners.get(no % 2).autocommit(turn, recorder, WORK));
                for (PoolName name : PoolName.values()) {
                    results.add(
                            "leasehold",
                            "leases_left_after_burst_" + name.label(),
                            pools.pools()
                                    .status(name)
                                    .toCompletableFuture()
                                    .join()
                                    .checkedOut());
                }
            }
            results.add("leasehold", "connections_peak_new_settings", observer.sessionsMax());
            results.add("leasehold", "refused_53300_new_settings", server.refusals() - before);
        }
        server.drop(database);
    }

    /** Starts the owner of this number. */
    @FunctionalInterface
    private interface Caller {
        void start(Turn turn, Recorder recorder, int no);
    }

    private void burst(Caller caller) throws InterruptedException {
        AtomicInteger number = new AtomicInteger();
        Turn.run(
                2 * CALLERS,
                BURST_MILLIS,
                (turn, recorder) -> caller.start(turn, recorder, number.getAndIncrement()),
                new Turn.Total());
    }

    private static HikariDataSource pool(BenchDatabase database, AtomicInteger refusals, int size, int max) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(new CountingSource(database, refusals));
        config.setMinimumIdle(size);
        config.setMaximumPoolSize(max);
        return new HikariDataSource(config);
    }
}
