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

    /**
     * Work on the lease that the calling thread works under, where that is one of this pool: at once, on this thread, under
     * a savepoint, to which it goes back when it throws. What it did counts when the outer transaction commits; where the
     * outer work is in autocommit, it is a transaction of its own. A thread under no lease of this pool gets a lease, as by
     * {@link #inTransaction}.
     *
     * <p>This is how code that may or may not be called under a lease asks for one: a second lease of a pool that one has
     * already is refused, since all who hold one could wait for it forever.
     */
    default <T> CompletionStage<T> joinTransaction(
            PoolName pool, LeaseClass leaseClass, Holder holder, Hold hold, SqlWork<T> work) {
        return inTransaction(pool, leaseClass, holder, hold, work);
    }
}
