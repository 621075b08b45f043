package dev.leasehold.lease;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;

/**
 * Scoped leases for any thread: asks, works on a thread of its own, gives back whatever happens. Nothing blocks the
 * caller, but for {@link #call} and {@link #callInTransaction}. The stage fails with a {@link LeaseException} when no lease was granted or it was taken back, otherwise with
 * what the work threw.
 */
public interface Leases {

    /** Work in autocommit. */
    <T> CompletionStage<T> run(PoolName pool, LeaseClass leaseClass, Holder holder, Hold hold, SqlWork<T> work);

    /** Work in one transaction: committed when it returns, rolled back when it throws. */
    <T> CompletionStage<T> inTransaction(
            PoolName pool, LeaseClass leaseClass, Holder holder, Hold hold, SqlWork<T> work);

    /**
     * Work in autocommit on the calling thread, which may block: no other thread takes part, so it costs the least. Returns
     * or throws what the work does, a {@link LeaseException} when no lease was granted or it was taken back.
     *
     * @throws IllegalStateException on a thread of an actor's dispatcher or of a fork-join pool: it may not block
     */
    default <T> T call(PoolName pool, LeaseClass leaseClass, Holder holder, Hold hold, SqlWork<T> work)
            throws Exception {
        return answer(run(pool, leaseClass, holder, hold, work));
    }

    /** The same as {@link #call} in one transaction: committed when the work returns, rolled back when it throws. */
    default <T> T callInTransaction(PoolName pool, LeaseClass leaseClass, Holder holder, Hold hold, SqlWork<T> work)
            throws Exception {
        return answer(inTransaction(pool, leaseClass, holder, hold, work));
    }

    private static <T> T answer(CompletionStage<T> stage) throws Exception {
        try {
            return stage.toCompletableFuture().get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

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
