package dev.leasehold.lease;

import dev.leasehold.lease.Holder.Session;
import dev.leasehold.lease.ledger.Fence;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/**
 * What all JDBC objects of one lease share: the gate that their calls to the driver go through, and what is known of the last
 * one.
 */
final class FencedJdbc {

    /** What the holder may do with the transaction. */
    enum Mode {
        /** Everything. */
        OPEN,
        /** Commit, rollback, setAutoCommit and close are refused: whoever leased decides about the transaction. */
        ONE_TRANSACTION
    }

    private static final int SQL_LENGTH_MAX = 2_000;

    /** Of {@link Session#TUNED}. A plan made while a table is empty would read it whole in the next burst. */
    private static final String TUNE = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off";

    private static final String DISARM = "RESET statement_timeout";

    private final Lease lease;
    private final Fence fence;
    private final ServerConnection server;
    private final Ticker ticker;
    private final LeaseLimits limits;
    private final SchemaWatch schema;
    private final long trusted;
    private final long marginMillis;
    private final long holdMillis;
    private final boolean ordinaryHold;
    private final Session wanted;
    private volatile @Nullable String lastSql;
    private long preparedMillis = Long.MAX_VALUE;
    private long armedMillis;

    FencedJdbc(
            Lease lease, Fence fence, ServerConnection server, Ticker ticker, LeaseLimits limits, SchemaWatch schema) {
        this.lease = lease;
        this.fence = fence;
        this.server = server;
        this.ticker = ticker;
        this.limits = limits;
        this.schema = schema;
        this.trusted = schema.trust().no();
        this.holdMillis = lease.request().hold().atMost().toMillis();
        this.marginMillis = LeaseLimits.marginMillis(holdMillis);
        this.ordinaryHold = holdMillis - 2 * marginMillis == limits.statementMillis();
        this.armedMillis = limits.statementMillis();
        this.wanted = lease.holder().session();
    }

    /** A fenced view of the leased connection. */
    Connection connection(Mode mode) {
        return (Connection) FencedCall.wrap(this, server.raw(), Connection.class, null, null, mode);
    }

    /** The gate behind a connection that some lease gave out. */
    static FencedJdbc of(Connection leased) {
        if (Proxy.isProxyClass(leased.getClass()) && Proxy.getInvocationHandler(leased) instanceof FencedCall call) {
            return call.jdbc();
        }
        throw new IllegalArgumentException(
                "not a leased connection: " + leased.getClass().getName());
    }

    /** One call into the driver. */
    interface Call<T> {
        @Nullable
        T run() throws Exception;
    }

    /** Lets the call in while the lease is open; whatever it does, the gate knows when it is over. */
    <T> @Nullable T through(Call<T> call) throws Exception {
        if (!fence.enter(ticker.nanos())) {
            throw lease.refused();
        }
        try {
            return call.run();
        } catch (SQLException e) {
            String state = SqlStates.of(e);
            if (SqlStates.connectionLost(state) || SqlStates.readOnlyServer(state)) {
                if (fence.markBroken() && !fence.isTakenBack()) {
                    lease.suspectOthers();
                }
            }
            throw fence.isTakenBack() ? lease.revoked(e) : e;
        } finally {
            fence.exit(ticker.nanos(), server.inTransaction());
        }
    }

    /**
     * Before a statement goes out, inside the gate: remembers it, and sees to it that the server's limit comes before the
     * lease's. An ordinary lease that works at once needs no trip for that; the session was armed while it was cleaned.
     */
    void beforeStatement(@Nullable String sql) throws SQLException {
        if (sql != null) {
            lastSql = sql;
        }
        long remaining = Duration.ofNanos(fence.deadline() - ticker.nanos()).toMillis();
        boolean tooLong = armedMillis > remaining - marginMillis;
        boolean tooShort = !ordinaryHold && armedMillis < remaining - 4 * marginMillis;
        if ((!tooLong && !tooShort) || server.raw().getTransactionState() == TransactionState.FAILED) {
            return;
        }
        fence.spoil();
        send(timeOuts(remaining));
        armedMillis = Math.max(1, remaining - 2 * marginMillis);
    }

    /** For work that has so long from now on. */
    private String timeOuts(long millis) {
        String statement = "SET statement_timeout = " + Math.max(1, millis - 2 * marginMillis);
        return limits.hasTransactionTimeout()
                ? statement + "; SET transaction_timeout = " + (millis + limits.transactionGraceMillis())
                : statement;
    }

    private void send(String settings) throws SQLException {
        try (Statement statement = server.raw().createStatement()) {
            statement.execute(settings);
        }
    }

    /** Before SQL goes out, or is kept for later, inside the gate: may the session be given to the next holder after it? */
    void foresee(String sql) {
        PlainSql.Verdict verdict = PlainSql.of(sql);
        if (verdict == PlainSql.Verdict.SCHEMA) {
            schema.changes(server);
        }
        SchemaWatch.Trust trust = schema.trust();
        if (trust.no() == trusted && wanted != Session.AS_NEW && trust.leavesNumbersOnly(verdict)) {
            if (!trust.isPlain(verdict)) {
                server.use().keep();
            }
        } else if (trust.no() != trusted || !trust.isPlain(verdict)) {
            fence.spoil();
        }
    }

    /** Before a call that may leave something in the session, whatever it sends. */
    void spoil() {
        fence.spoil();
    }

    /**
     * Before the work: makes the session what the holder asks for. What the node sets for its own work stays for the next of
     * it; it is set outside of any transaction, so that no rollback undoes it.
     *
     * @return whether it was reset for that
     * @throws SQLException when that fails; after a failed reset of a lost connection, which is not used again
     */
    boolean prepare() throws Exception {
        SessionUse use = server.use();
        boolean renewed = !use.isFitFor(wanted);
        if (renewed) {
            renew();
        }
        if (wanted == Session.AS_NEW) {
            return renewed;
        }
        if (ordinaryHold && use.isArmed()) {
            set(limits.hasTransactionTimeout() ? DISARM + "; RESET transaction_timeout" : DISARM);
            use.disarm();
        } else if (!ordinaryHold && !use.isArmedFor(holdMillis)) {
            set(timeOuts(holdMillis));
            use.arm(holdMillis);
        }
        preparedMillis = ordinaryHold ? limits.statementMillis() : Math.max(1, holdMillis - 2 * marginMillis);
        armedMillis = preparedMillis;
        if (wanted == Session.TUNED && !use.isTuned()) {
            set(TUNE);
            use.tune();
        }
        return renewed;
    }

    private void set(String settings) throws Exception {
        lastSql = settings;
        through(() -> {
            server.use().keep();
            try {
                send(settings);
                return null;
            } catch (Throwable e) { // who knows which of them hold
                fence.spoil();
                throw e;
            }
        });
        lastSql = null;
    }

    private void renew() throws Exception {
        lastSql = SessionReset.SQL;
        through(() -> {
            try {
                SessionReset.renew(server);
                return null;
            } catch (SQLException e) {
                throw new SQLException("the session of lease " + lease.label() + " could not be reset", "08006", e);
            } catch (Throwable e) {
                fence.markBroken();
                throw e;
            }
        });
        lastSql = null;
    }

    /** Begins a transaction, of which the driver tells the server with the first statement. */
    void begin() throws Exception {
        through(() -> {
            server.raw().setAutoCommit(false);
            return null;
        });
    }

    /**
     * The holder's last act before the release, on his thread. When everything that passed through here was plain, and the
     * driver says that no transaction is open, the session is as new and needs no reset; after a lease of the node's own it
     * needs one only for somebody else. In any other case it gets one.
     */
    void settle() {
        if (!fence.isTouched() || fence.isSpoiled() || !lease.isOpen()) {
            return;
        }
        try {
            through(() -> {
                BaseConnection raw = server.raw();
                if (!server.inTransaction()) {
                    raw.setAutoCommit(true); // sends nothing
                    raw.clearWarnings();
                    if (trusted > 0 && schema.trust().no() == trusted) {
                        fence.settle();
                    }
                }
                return null;
            });
        } catch (Exception e) {
            fence.spoil();
        }
    }

    /** A rollback may have undone what was armed inside the transaction, but nothing of before. */
    void afterRollback() {
        armedMillis = ordinaryHold ? limits.statementMillis() : preparedMillis;
    }

    long copyIn(String sql, InputStream rows) throws SQLException, IOException {
        return copy(sql, () -> new CopyManager(server.raw()).copyIn(sql, rows));
    }

    long copyOut(String sql, OutputStream rows) throws SQLException, IOException {
        return copy(sql, () -> new CopyManager(server.raw()).copyOut(sql, rows));
    }

    private long copy(String sql, Call<Long> call) throws SQLException, IOException {
        try {
            Long rows = through(() -> {
                foresee(sql);
                beforeStatement(sql);
                return call.run();
            });
            return rows == null ? 0 : rows;
        } catch (SQLException | IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("copy failed in no way that it may", e);
        }
    }

    /** For values in memory, of which there are many: a lease whose time is over ends with the next call to the server. */
    boolean isEnded() {
        return !fence.isNotEnded();
    }

    /** For messages: is the lease over? */
    boolean isOver() {
        return !lease.isOpen();
    }

    LeaseException refusal() {
        return lease.revoked(null);
    }

    @Nullable
    String lastSql() {
        String sql = lastSql;
        return sql == null || sql.length() <= SQL_LENGTH_MAX ? sql : sql.substring(0, SQL_LENGTH_MAX) + "…";
    }

    String label() {
        return lease.label();
    }
}
