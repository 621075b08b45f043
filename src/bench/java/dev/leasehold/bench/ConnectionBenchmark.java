package dev.leasehold.bench;

import com.zaxxer.hikari.HikariDataSource;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.PoolName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;

/**
 * What one short operation costs when each opens a connection of its own, when it takes one from bare HikariCP, and when
 * it leases one. One caller, one statement an operation.
 */
final class ConnectionBenchmark {

    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(30));

    private final Server server;
    private final BenchSettings settings;
    private final Results results;

    /** One operation. */
    @FunctionalInterface
    private interface Operation {
        void run() throws SQLException;
    }

    ConnectionBenchmark(Server server, BenchSettings settings, Results results) {
        this.server = server;
        this.settings = settings;
        this.results = results;
    }

    void run() throws SQLException {
        BenchDatabase database = server.freshDatabase("operations");
        try (LeasePools pools = LeasePools.start(database, BenchSettings.CONNECTIONS, 0);
                HikariDataSource pool = database.pool(BenchSettings.CONNECTIONS)) {
            Operation connecting = () -> {
                try (Connection connection = database.connect()) {
                    select(connection);
                }
            };
            Operation pooled = () -> {
                try (Connection connection = pool.getConnection()) {
                    select(connection);
                }
            };
            Operation leased = () -> pools.pools()
                    .leases()
                    .run(
                            PoolName.USERDATA,
                            LeaseClass.INTERACTIVE,
                            Holder.named("bench"),
                            HOLD,
                            ConnectionBenchmark::select)
                    .toCompletableFuture()
                    .join();
            int operations = settings.operations();
            measure(connecting, operations);
            measure(pooled, operations);
            measure(leased, operations);
            for (int round = 0; round < settings.rounds(); round++) {
                double whole = add("raw", measure(connecting, operations));
                add("hikari", measure(pooled, operations));
                double reused = add("leasehold", measure(leased, operations));
                results.add("leasehold", "operation_saving_percent", 100 * (1 - reused / whole));
            }
        }
        server.drop(database);
    }

    private double add(String system, Samples operations) {
        results.add(system, "operation_us_p50", operations.micros(0.50));
        results.add(system, "operation_us_p99", operations.micros(0.99));
        return operations.micros(0.50);
    }

    private static Samples measure(Operation operation, int operations) throws SQLException {
        long[] nanos = new long[operations];
        for (int no = 0; no < operations; no++) {
            long before = System.nanoTime();
            operation.run();
            nanos[no] = System.nanoTime() - before;
        }
        return Samples.of(nanos);
    }

    private static boolean select(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT 1")) {
            return statement.execute();
        }
    }
}
