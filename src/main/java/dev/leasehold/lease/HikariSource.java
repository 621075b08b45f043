package dev.leasehold.lease;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.PrintWriter;
import java.net.Socket;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;

/**
 * HikariCP as opener and book-keeper: it opens only while a thread with a permit waits, and what it opened stays with us
 * until it is forgotten, so its own queue, its idle connections and its clocks are never in play.
 *
 * <p>Left alone it repeats a failed connect every 10 ms, without jitter, until its time-out, and may finish one after the
 * waiting thread has left. Both are kept from it by the data source under it: one attempt a call of {@link #open}, whose
 * failure wakes the waiting thread.
 */
final class HikariSource implements ConnectionSource {

    private static final String IDENTITY = """
            SELECT pg_backend_pid(), backend_start::text, pg_is_in_recovery(), pg_postmaster_start_time()::text
            FROM pg_stat_activity
            WHERE pid = pg_backend_pid()
            """;

    private final HikariDataSource pool;
    private final OneAttempt attempt;

    HikariSource(PoolSettings settings, LeaseSettings lease, ServerAddress address) {
        this.attempt = new OneAttempt(address);
        HikariConfig config = new HikariConfig();
        config.setPoolName("leasehold-" + settings.name().label());
        config.setDataSource(attempt);
        config.setMaximumPoolSize(settings.max());
        config.setMinimumIdle(0);
        config.setIdleTimeout(0);
        config.setMaxLifetime(0);
        config.setKeepaliveTime(0);
        config.setLeakDetectionThreshold(0);
        config.setInitializationFailTimeout(-1);
        // Never reached: the driver's own limits end the attempt before, and its end wakes the waiting thread.
        config.setConnectionTimeout(lease.connectTimeout().multipliedBy(3).toMillis());
        config.setThreadFactory(task -> {
            Thread thread =
                    new Thread(task, "leasehold-connect-" + settings.name().label());
            thread.setDaemon(true);
            return thread;
        });
        this.pool = new HikariDataSource(config);
    }

    @Override
    public ServerConnection open(ServerFacts facts) throws SQLException {
        attempt.begin(facts);
        Connection pooled;
        try {
            pooled = pool.getConnection();
        } catch (SQLException e) {
            SQLException cause = attempt.failure();
            throw cause == null ? e : cause;
        } finally {
            attempt.end();
        }
        try {
            return identify(pooled, attempt.socket());
        } catch (SQLException | RuntimeException e) {
            pool.evictConnection(pooled);
            throw e;
        }
    }

    private static ServerConnection identify(Connection pooled, @Nullable Socket socket) throws SQLException {
        BaseConnection raw = pooled.unwrap(BaseConnection.class);
        try (Statement statement = raw.createStatement();
                ResultSet row = statement.executeQuery(IDENTITY)) {
            if (!row.next() || row.getInt(1) != raw.getBackendPID()) {
                throw new SQLException(
                        "a pooler in transaction mode stands before the server; leases need sessions of their own",
                        "28000");
            }
            if (row.getBoolean(3)) {
                throw new SQLException("the server is a read-only standby", "25006");
            }
            return new ServerConnection(
                    raw,
                    pooled,
                    row.getInt(1),
                    row.getString(2),
                    row.getString(4),
                    new SessionUse(),
                    socket,
                    raw.getNetworkTimeout());
        }
    }

    @Override
    public void forget(ServerConnection connection) {
        pool.evictConnection(connection.pooled());
    }

    @Override
    public void close() {
        pool.close();
    }

    /** The driver, let through once a {@link #begin}. */
    private static final class OneAttempt implements DataSource {

        private final ServerAddress address;
        private @Nullable Thread waiting;
        private @Nullable ServerFacts facts;
        private @Nullable SQLException failure;
        private @Nullable Socket socket;

        private OneAttempt(ServerAddress address) {
            this.address = address;
        }

        synchronized void begin(ServerFacts known) {
            waiting = Thread.currentThread();
            facts = known;
            failure = null;
        }

        synchronized void end() {
            waiting = null;
            facts = null;
            // The wake-up of a failed attempt may come after the thread has left by itself.
            if (failure != null) {
                Thread.interrupted();
            }
        }

        /** Of the last connection that was made. */
        synchronized @Nullable Socket socket() {
            return socket;
        }

        private synchronized void made(ServerAddress.Session session) {
            socket = session.socket();
        }

        synchronized @Nullable SQLException failure() {
            return failure;
        }

        private synchronized ServerFacts take() throws SQLException {
            ServerFacts known = facts;
            facts = null;
            if (known == null) {
                throw new SQLException("nobody waits for a connection", "08001");
            }
            return known;
        }

        private synchronized void fail(SQLException e) {
            if (waiting != null) {
                failure = e;
                waiting.interrupt();
            }
        }

        private synchronized boolean isWaitedFor() {
            return waiting != null;
        }

        @Override
        public Connection getConnection() throws SQLException {
            ServerFacts known = take();
            try {
                ServerAddress.Session session = address.connect(known, "");
                Connection connection = session.connection();
                made(session);
                if (!isWaitedFor()) {
                    connection.close();
                    throw new SQLException("the waiting thread has left", "08001");
                }
                return connection;
            } catch (SQLException e) {
                fail(e);
                throw e;
            }
        }

        @Override
        public Connection getConnection(String user, String password) throws SQLException {
            throw new SQLFeatureNotSupportedException("the role is fixed");
        }

        @Override
        public @Nullable PrintWriter getLogWriter() {
            return null;
        }

        @Override
        public void setLogWriter(@Nullable PrintWriter out) {
            // The driver logs through java.util.logging.
        }

        @Override
        public void setLoginTimeout(int seconds) {
            // Fixed by the settings.
        }

        @Override
        public int getLoginTimeout() {
            return 5; // how long the pool's close waits for its connecting thread
        }

        @Override
        public Logger getParentLogger() throws SQLFeatureNotSupportedException {
            throw new SQLFeatureNotSupportedException();
        }

        @Override
        public <T> T unwrap(Class<T> type) throws SQLException {
            throw new SQLException("not a wrapper of " + type);
        }

        @Override
        public boolean isWrapperFor(Class<?> type) {
            return false;
        }
    }
}
