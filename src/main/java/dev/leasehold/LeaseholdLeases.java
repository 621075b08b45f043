package dev.leasehold;

import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.LeaseException;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.SqlWork;
import java.util.concurrent.CompletionStage;

/** Leases for an application's own work, beside its handlers. */
public final class LeaseholdLeases {

    private static final Holder HOLDER = Holder.named("application");

    private final Leases leases;

    LeaseholdLeases(Leases leases) {
        this.leases = leases;
    }

    /**
     * Work in autocommit on a leased connection.
     *
     * @param pool {@code platform} or {@code userdata}
     */
    public <T> CompletionStage<T> run(String pool, Hold hold, SqlWork<T> work) {
        return leases.run(PoolName.of(pool), LeaseClass.INTERACTIVE, HOLDER, hold, work);
    }

    /**
     * Work in autocommit on the calling thread, which may block.
     *
     * @throws LeaseException when no lease was granted or it was taken back
     * @throws IllegalStateException on a thread of an actor's dispatcher or of a fork-join pool
     */
    public <T> T call(String pool, Hold hold, SqlWork<T> work) throws Exception {
        return leases.call(PoolName.of(pool), LeaseClass.INTERACTIVE, HOLDER, hold, work);
    }

    /** The same in one transaction: committed when the work returns, rolled back when it throws. */
    public <T> T callInTransaction(String pool, Hold hold, SqlWork<T> work) throws Exception {
        return leases.callInTransaction(PoolName.of(pool), LeaseClass.INTERACTIVE, HOLDER, hold, work);
    }

    /**
     * Work in the transaction that the calling thread is in on a lease of this pool, under a savepoint; in one of its own
     * where there is none. For code that may or may not be called under a lease.
     */
    public <T> CompletionStage<T> joinTransaction(String pool, Hold hold, SqlWork<T> work) {
        return leases.joinTransaction(PoolName.of(pool), LeaseClass.INTERACTIVE, HOLDER, hold, work);
    }

    /** Work in one transaction: committed when it returns, rolled back when it throws. */
    public <T> CompletionStage<T> inTransaction(String pool, Hold hold, SqlWork<T> work) {
        return leases.inTransaction(PoolName.of(pool), LeaseClass.INTERACTIVE, HOLDER, hold, work);
    }
}
