package dev.leasehold.lease;

import dev.leasehold.lease.ledger.Ending;
import dev.leasehold.lease.ledger.Retirement;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A connection on its way out, until its backend was seen gone: it keeps its permit so long. Filled in by the threads that
 * it passes through, one after the other.
 */
final class Corpse {

    /** How a backend was brought to its end. */
    enum Means {
        CLOSE("close"),
        ABORT("abort"),
        TERMINATE("terminate");

        private final String label;

        Means(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }
    }

    private final @Nullable Lease lease;
    private final @Nullable Ending ending;
    private final Retirement why;
    private final long since;
    private final Instant sinceWall;
    private volatile @Nullable ServerConnection connection;
    private volatile int slot;
    private volatile Means means = Means.CLOSE;
    private volatile boolean gone;
    private volatile boolean terminated;
    private volatile @Nullable String holderStack;
    private volatile long idleNanos;
    private volatile boolean inTransaction;

    /** @param ending null when no lease was taken back by this */
    Corpse(
            @Nullable ServerConnection connection,
            int slot,
            @Nullable Lease lease,
            @Nullable Ending ending,
            Retirement why,
            long since,
            Instant sinceWall) {
        this.connection = connection;
        this.slot = slot;
        this.lease = lease;
        this.ending = ending;
        this.why = why;
        this.since = since;
        this.sinceWall = sinceWall;
        if (lease != null) {
            this.idleNanos =
                    lease.fence().inFlight() > 0 ? 0 : since - lease.fence().lastCallAt();
            this.inTransaction = lease.fence().inTransaction();
        }
    }

    /** Null while the opener is still at it, for the guardian of an earlier epoch. */
    @Nullable
    ServerConnection connection() {
        return connection;
    }

    void setConnection(ServerConnection connection) {
        this.connection = connection;
    }

    int slot() {
        return slot;
    }

    /** A new guardian counts it under another slot. */
    void setSlot(int slot) {
        this.slot = slot;
    }

    @Nullable
    Lease lease() {
        return lease;
    }

    @Nullable
    Ending ending() {
        return ending;
    }

    Retirement why() {
        return why;
    }

    /** Of the ticker. */
    long since() {
        return since;
    }

    Means means() {
        return means;
    }

    void setMeans(Means means) {
        this.means = means;
    }

    boolean isGone() {
        return gone;
    }

    void setGone() {
        gone = true;
    }

    boolean isTerminated() {
        return terminated;
    }

    void setTerminated() {
        terminated = true;
        means = Means.TERMINATE;
    }

    void setHolderStack(@Nullable String stack) {
        holderStack = stack;
    }

    /** Null when this was no revocation. */
    @Nullable
    RevokedLease record(PoolName pool, long nowNanos) {
        Lease revoked = lease;
        Ending how = ending;
        if (revoked == null || how == null) {
            return null;
        }
        long heldNanos = since - revoked.grantedAt();
        CallSite askedAt = revoked.request().askedAt();
        return new RevokedLease(
                revoked.label(),
                pool,
                revoked.request().leaseClass(),
                revoked.holder(),
                how.label(),
                sinceWall.minusNanos(heldNanos),
                sinceWall,
                heldNanos / 1_000_000,
                idleNanos / 1_000_000,
                inTransaction,
                SqlText.masked(revoked.lastSql()),
                askedAt == null ? null : askedAt.text(),
                holderStack,
                means.label(),
                (nowNanos - since) / 1_000_000);
    }
}
