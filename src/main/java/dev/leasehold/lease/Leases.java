package dev.leasehold.lease;

import java.util.concurrent.CompletionStage;

/**
 * Scoped leases for any thread: asks, works on the JDBC dispatcher, gives back whatever happens. Nothing blocks the
 * caller. The stage fails with a {@link LeaseException} when no lease was granted or it was taken back, otherwise with
 * what the work threw.
 */
public interface Leases {

    /** Work in autocommit. */
    <T> CompletionStage<T> run(PoolName pool, LeaseClass leaseClass, Holder holder, Hold hold, SqlWork<T> work);

    /** Work in one transaction: committed when it returns, rolled back when it throws. */
    <T> CompletionStage<T> inTransaction(
            PoolName pool, LeaseClass leaseClass, Holder holder, Hold hold, SqlWork<T> work);
}
