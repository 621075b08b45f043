package dev.leasehold.testing;

import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.SqlWork;
import java.sql.Connection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Leases without a pool, for tests of what works on a connection: each piece of work gets one of its own. */
public record DirectLeases(TestPostgres.Database database) implements Leases {

    @Override
    public <T> CompletionStage<T> run(PoolName pool, LeaseClass leaseClass, Holder holder, Hold hold, SqlWork<T> work) {
        try (Connection connection = database.connect()) {
            return CompletableFuture.completedFuture(work.apply(connection));
        } catch (Exception e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public <T> CompletionStage<T> inTransaction(
            PoolName pool, LeaseClass leaseClass, Holder holder, Hold hold, SqlWork<T> work) {
        return run(pool, leaseClass, holder, hold, connection -> {
            connection.setAutoCommit(false);
            T result = work.apply(connection);
            connection.commit();
            return result;
        });
    }
}
