package dev.leasehold.admin;

import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.LeaseException;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.SqlWork;
import dev.leasehold.testing.TestPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Leases of plain connections, so that routes are tested without the pools; can be told to fail. */
public final class DirectLeases implements Leases, AutoCloseable {

    private final TestPostgres.Database database;
    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final AtomicReference<LeaseException.@Nullable Kind> failure = new AtomicReference<>();
    private final AtomicInteger granted = new AtomicInteger();

    public DirectLeases(TestPostgres.Database database) {
        this.database = database;
    }

    /** From now on no lease is granted, for this reason; null: they are granted again. */
    public void failWith(LeaseException.@Nullable Kind kind) {
        failure.set(kind);
    }

    public int granted() {
        return granted.get();
    }

    @Override
    public <T> CompletionStage<T> run(PoolName pool, LeaseClass leaseClass, Holder holder, Hold hold, SqlWork<T> work) {
        return submit(connection -> work.apply(connection));
    }

    @Override
    public <T> CompletionStage<T> inTransaction(
            PoolName pool, LeaseClass leaseClass, Holder holder, Hold hold, SqlWork<T> work) {
        return submit(connection -> {
            connection.setAutoCommit(false);
            try {
                T result = work.apply(connection);
                connection.commit();
                return result;
            } catch (Exception e) {
                connection.rollback();
                throw e;
            }
        });
    }

    private <T> CompletionStage<T> submit(SqlWork<T> work) {
        LeaseException.Kind kind = failure.get();
        if (kind != null) {
            return CompletableFuture.failedFuture(new LeaseException(kind, "told to fail", null));
        }
        granted.incrementAndGet();
        return CompletableFuture.supplyAsync(
                () -> {
                    try (Connection connection = database.connect()) {
                        return work.apply(connection);
                    } catch (SQLException e) {
                        throw new CompletionException(e);
                    } catch (RuntimeException e) {
                        throw e;
                    } catch (Exception e) {
                        throw new CompletionException(e);
                    }
                },
                threads);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
