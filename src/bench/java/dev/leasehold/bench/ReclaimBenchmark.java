package dev.leasehold.bench;

import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.RevokedLease;
import dev.leasehold.lease.SqlWork;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Leases that are held beyond their deadline, by a thread that makes no further call and by one inside a statement. What
 * counts is the time from the revocation until the backend is seen gone on the server, as each record says.
 */
final class ReclaimBenchmark {

    private static final Hold HOLD = Hold.atMost(Duration.ofMillis(100));
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final LeasePools pools;
    private final BenchSettings settings;
    private final Results results;

    ReclaimBenchmark(LeasePools pools, BenchSettings settings, Results results) {
        this.pools = pools;
        this.settings = settings;
        this.results = results;
    }

    void run() throws Exception {
        for (int no = 0; no < settings.reclaims(); no++) {
            CountDownLatch end = new CountDownLatch(1);
            overrun(connection -> {
                execute(connection, "SELECT 1");
                return end.await(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            });
            end.countDown();
        }
        add("", 0);
        int before = pools.revoked().size();
        for (int no = 0; no < settings.reclaims(); no++) {
            overrun(connection -> {
                execute(connection, "SET LOCAL statement_timeout = 0"); // else the server ends it just before
                execute(connection, "SELECT pg_sleep(20)");
                return true;
            });
        }
        add("_in_statement", before);
    }

    private void overrun(SqlWork<Boolean> work) throws InterruptedException {
        int before = pools.revoked().size();
        CompletableFuture<Boolean> answer = pools.pools()
                .leases()
                .inTransaction(PoolName.USERDATA, LeaseClass.TASK, Holder.named("overrun"), HOLD, work)
                .toCompletableFuture();
        try {
            answer.get();
            throw new IllegalStateException("a lease outlived its deadline");
        } catch (ExecutionException expected) {
            Waiting.until(
                    "a lease is taken back that ended with " + expected.getCause(),
                    LIMIT,
                    () -> pools.revoked().size() > before);
        }
    }

    private void add(String variant, int from) {
        List<RevokedLease> revoked = pools.revoked();
        Samples reclaims = Samples.of(revoked.subList(from, revoked.size()).stream()
                .mapToLong(RevokedLease::reclaimMillis)
                .map(TimeUnit.MILLISECONDS::toNanos)
                .toArray());
        results.add("leasehold", "lease_reclaim_ms_p50" + variant, reclaims.millis(0.50));
        results.add("leasehold", "lease_reclaim_ms_p99" + variant, reclaims.millis(0.99));
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
