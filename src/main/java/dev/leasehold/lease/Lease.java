package dev.leasehold.lease;

import akka.actor.typed.ActorRef;
import dev.leasehold.lease.ledger.Fence;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The right to use one connection until a deadline. An actor that is granted one claims it and hands it to a thread that
 * may block; that thread calls {@link #run} or {@link #inTransaction}, once, which gives the lease back whatever happens.
 *
 * <p>All methods may be called from any thread. After the end every call on the connection, and on all that came from it,
 * throws a {@link LeaseException} of kind REVOKED and nothing reaches the server.
 */
public final class Lease {

    private static final ThreadLocal<@Nullable Lease> CURRENT = new ThreadLocal<>();

    private final long id;
    private final String label;
    private final PoolGuardian.Acquire request;
    private final Fence fence;
    private final ServerConnection server;
    private final FencedJdbc jdbc;
    private final Ticker ticker;
    private final long grantedAt;
    private final ActorRef<PoolGuardian.Command> guardian;
    private final Desk desk;
    private final PoolMetrics metrics;
    private final boolean strict;
    private final Object holderLock = new Object();
    private @Nullable Thread holderThread;
    private boolean interrupted;
    private volatile @Nullable String holderStack;

    Lease(
            long id,
            String label,
            PoolGuardian.Acquire request,
            Fence fence,
            ServerConnection server,
            Ticker ticker,
            LeaseLimits limits,
            long grantedAt,
            ActorRef<PoolGuardian.Command> guardian,
            Desk desk,
            PoolMetrics metrics,
            SchemaWatch schema) {
        this.id = id;
        this.label = label;
        this.request = request;
        this.fence = fence;
        this.server = server;
        this.ticker = ticker;
        this.grantedAt = grantedAt;
        this.guardian = guardian;
        this.desk = desk;
        this.metrics = metrics;
        this.strict = limits.strict();
        this.jdbc = new FencedJdbc(this, fence, server, ticker, limits, schema);
    }

    /** Never used twice in a pool of this process. */
    public long id() {
        return id;
    }

    /** Never used twice anywhere: what lists and records show. */
    public String label() {
        return label;
    }

    public Holder holder() {
        return request.holder();
    }

    public String scope() {
        return request.scope();
    }

    /** Time until the deadline; zero or negative once it has passed. */
    public Duration remaining() {
        return Duration.ofNanos(fence.deadline() - ticker.nanos());
    }

    /** Takes up the offer; false when it was taken back in the meantime. The first use does it too. */
    public boolean claim() {
        return fence.claim();
    }

    public boolean isOpen() {
        return fence.isOpen(ticker.nanos());
    }

    /** Work in autocommit on the calling thread, which may block; then the lease is given back. */
    public <T> T run(SqlWork<T> work) throws Exception {
        return holding(() -> {
            T result = work.apply(jdbc.connection(FencedJdbc.Mode.OPEN));
            if (strict && fence.inTransaction()) {
                throw new IllegalStateException("the work of " + holder().actor() + " under lease " + label
                        + " left a transaction open, which is rolled back (leasehold.pool.strict)");
            }
            return result;
        });
    }

    /**
     * Work in one transaction on the calling thread, which may block: committed when it returns, rolled back when it
     * throws; then the lease is given back. The connection refuses commit, rollback, setAutoCommit and close.
     */
    public <T> T inTransaction(SqlWork<T> work) throws Exception {
        return holding(() -> transaction(jdbc.connection(FencedJdbc.Mode.OPEN), work));
    }

    /**
     * Further work on the calling thread, which is inside {@link #run} or {@link #inTransaction}: under a savepoint of the
     * transaction that is open, else in one of its own.
     */
    public <T> T join(SqlWork<T> work) throws Exception {
        Connection outer = jdbc.connection(FencedJdbc.Mode.OPEN);
        return outer.getAutoCommit() ? ownTransaction(outer, work) : savepoint(outer, work);
    }

    /** As {@link #join}, for those who wait for a stage. */
    <T> CompletionStage<T> joined(SqlWork<T> work) {
        try {
            return CompletableFuture.completedFuture(join(work));
        } catch (Throwable e) { // whoever waits for the stage gets an Error too
            return CompletableFuture.failedFuture(e);
        }
    }

    private <T> T transaction(Connection outer, SqlWork<T> work) throws Exception {
        jdbc.begin();
        T result;
        try {
            result = work.apply(jdbc.connection(FencedJdbc.Mode.ONE_TRANSACTION));
        } catch (Throwable e) { // an Error rolls back too
            rollBack(outer, null, e);
            throw e;
        }
        commit(outer);
        return result;
    }

    private <T> T ownTransaction(Connection outer, SqlWork<T> work) throws Exception {
        try {
            return transaction(outer, work);
        } finally {
            if (isOpen()) {
                outer.setAutoCommit(true);
            }
        }
    }

    private <T> T savepoint(Connection outer, SqlWork<T> work) throws Exception {
        Savepoint savepoint = outer.setSavepoint();
        try {
            T result = work.apply(jdbc.connection(FencedJdbc.Mode.ONE_TRANSACTION));
            outer.releaseSavepoint(savepoint);
            return result;
        } catch (Throwable e) { // an Error rolls back too
            rollBack(outer, savepoint, e);
            throw e;
        }
    }

    private static void rollBack(Connection connection, @Nullable Savepoint to, Throwable failure) {
        try {
            if (to == null) {
                connection.rollback();
            } else {
                connection.rollback(to);
            }
        } catch (SQLException | LeaseException e) {
            failure.addSuppressed(e);
        }
    }

    private void commit(Connection connection) throws SQLException {
        try {
            connection.commit();
        } catch (SQLException e) {
            if (SqlStates.answered(e)) {
                throw e;
            }
            throw new AmbiguousCommitException("the answer to the commit of lease " + label + " was lost", e);
        } catch (LeaseException e) {
            if (!(e.getCause() instanceof SQLException inside) || SqlStates.answered(inside)) {
                throw e; // the commit was refused here or by the server: nothing of it took effect
            }
            throw new AmbiguousCommitException("lease " + label + " was taken back while it committed", e);
        }
    }

    private interface Body<T> {
        T apply() throws Exception;
    }

    private <T> T holding(Body<T> body) throws Exception {
        Lease outer = CURRENT.get();
        enter();
        CURRENT.set(this);
        try {
            long since = ticker.nanos();
            if (jdbc.prepare()) {
                metrics.cleaned(ticker.nanos() - since);
            }
            return body.apply();
        } catch (InterruptedException e) {
            throw isHolderInterrupted() ? revoked(e) : e; // for the caller it is the lease that ended
        } finally {
            CURRENT.set(outer);
            leave();
            jdbc.settle();
            release();
        }
    }

    private void enter() {
        if (!claim()) {
            throw revoked(null);
        }
        synchronized (holderLock) {
            if (holderThread != null) {
                throw new IllegalStateException("lease " + label + " is in use by " + holderThread.getName());
            }
            holderThread = Thread.currentThread();
        }
    }

    private void leave() {
        synchronized (holderLock) {
            holderThread = null;
            if (interrupted) {
                // The interrupt was meant for the work under this lease; the thread goes on to something else.
                Thread.interrupted();
            }
        }
    }

    /** Gives the lease back. Done by {@link #run} and {@link #inTransaction}; again, or after a revocation, it is nothing. */
    public void release() {
        if (fence.release()) {
            if (!desk.release(id)) {
                guardian.tell(new PoolGuardian.Release(id));
            }
        } else {
            metrics.lateRelease();
        }
    }

    /** Of a call that came too late. */
    LeaseException refused() {
        metrics.refusedCall();
        return revoked(null);
    }

    /**
     * Keeps the stack of the thread inside {@link #run} or {@link #inTransaction}. Done before anybody hears of the
     * revocation: a moment later an interrupt may have sent the thread elsewhere.
     */
    void noteHolder() {
        Thread holder;
        synchronized (holderLock) {
            holder = holderThread;
        }
        if (holder != null) {
            holderStack = Stacks.of(holder);
        }
    }

    /** Under a lease of the node's own nobody else may work: its session may not be as new. */
    boolean mayJoin(Holder joining) {
        return joining.own() || !holder().own();
    }

    boolean isOf(ActorRef<PoolGuardian.Command> pool) {
        return guardian.equals(pool);
    }

    /** What {@link #noteHolder} saw; null when no thread was inside. */
    @Nullable
    String holderStack() {
        return holderStack;
    }

    /** The server went away under this one, so perhaps under others. */
    void suspectOthers() {
        guardian.tell(GuardianNews.Suspect.INSTANCE);
    }

    /** Interrupts the thread that is still inside, once. */
    void interruptHolder() {
        synchronized (holderLock) {
            if (holderThread != null && !interrupted) {
                interrupted = true;
                holderThread.interrupt();
            }
        }
    }

    private boolean isHolderInterrupted() {
        synchronized (holderLock) {
            return interrupted;
        }
    }

    /** True while a thread is inside {@link #run} or {@link #inTransaction}. */
    public boolean isHeldByThread() {
        synchronized (holderLock) {
            return holderThread != null;
        }
    }

    LeaseException revoked(@Nullable Throwable cause) {
        return new LeaseException(
                LeaseException.Kind.REVOKED,
                "lease " + label + " of " + holder().actor() + " has ended (" + fence.state() + ")",
                cause);
    }

    PoolGuardian.Acquire request() {
        return request;
    }

    /** Of the ticker. */
    long grantedAt() {
        return grantedAt;
    }

    Fence fence() {
        return fence;
    }

    ServerConnection server() {
        return server;
    }

    @Nullable
    String lastSql() {
        return jdbc.lastSql();
    }

    /** The lease of this pool that the calling thread works under; null for none. */
    public static @Nullable Lease currentOf(ActorRef<PoolGuardian.Command> guardian) {
        Lease current = CURRENT.get();
        return current != null && current.isOf(guardian) ? current : null;
    }

    /** The scope whose lease the calling thread works under, empty for none. */
    static @Nullable Lease current() {
        return CURRENT.get();
    }

    /**
     * Copies rows in, over a connection that a lease gave out: {@code COPY … FROM STDIN}. The one way to the driver's copy
     * protocol; it is fenced like any other call.
     *
     * @return rows copied
     * @throws IllegalArgumentException when the connection is none of ours
     */
    public static long copyIn(Connection leased, String sql, InputStream rows) throws SQLException, IOException {
        return FencedJdbc.of(leased).copyIn(sql, rows);
    }

    /** The other way: {@code COPY … TO STDOUT}. */
    public static long copyOut(Connection leased, String sql, OutputStream rows) throws SQLException, IOException {
        return FencedJdbc.of(leased).copyOut(sql, rows);
    }

    @Override
    public String toString() {
        return "Lease(" + label + ")";
    }
}
