package dev.leasehold.admin.api;

import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.SqlWork;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** Work for a call on the platform database, under a lease that says which route it is for. */
public final class Database {

    /** The default of the pools: a lease of this length needs no round trip of its own to arm the session. */
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(30));

    private final Leases leases;

    public Database(Leases leases) {
        this.leases = leases;
    }

    /** Reads, in autocommit. */
    public <T> CompletionStage<T> read(String route, SqlWork<T> work) {
        return leases.run(PoolName.PLATFORM, LeaseClass.INTERACTIVE, Holder.node("admin/" + route), HOLD, work);
    }

    /** Changes, in one transaction. */
    public <T> CompletionStage<T> change(String route, SqlWork<T> work) {
        return leases.inTransaction(
                PoolName.PLATFORM, LeaseClass.INTERACTIVE, Holder.node("admin/" + route), HOLD, work);
    }
}
