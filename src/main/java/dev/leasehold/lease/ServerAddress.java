package dev.leasehold.lease;

import dev.leasehold.lease.ledger.Epoch;
import java.net.Socket;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;
import org.postgresql.ds.PGSimpleDataSource;

/** How a pool reaches its database, with the driver's limits and the session's defaults. */
final class ServerAddress {

    private static final int NAME_BYTES_MAX = 63;
    private static final Duration LAST_RESORT = Duration.ofSeconds(30);

    private final DatabaseAddress database;
    private final LeaseSettings lease;
    private final PoolName pool;
    private final String nodeUid;
    private final Epoch epoch;

    ServerAddress(DatabaseAddress database, LeaseSettings lease, PoolName pool, String nodeUid, Epoch epoch) {
        this.database = database;
        this.lease = lease;
        this.pool = pool;
        this.nodeUid = nodeUid;
        this.epoch = epoch;
    }

    /**
     * What the driver made.
     *
     * @param socket null when the settings name a socket factory of their own
     */
    record Session(Connection connection, @Nullable Socket socket) {}

    /** A session for leases. */
    Session connect(ServerFacts facts, String suffix) throws SQLException {
        LeaseLimits limits = LeaseLimits.of(lease, facts.hasTransactionTimeout());
        StringBuilder options = new StringBuilder("-c statement_timeout=" + limits.statementMillis()
                + " -c idle_in_transaction_session_timeout="
                + lease.leakInTransaction().plus(lease.serverGrace()).toMillis() + " -c idle_session_timeout=0");
        if (facts.checksClients()) {
            options.append(" -c client_connection_check_interval=1000");
        }
        if (facts.hasTransactionTimeout()) {
            options.append(" -c transaction_timeout=").append(limits.transactionMillis());
        }
        PGSimpleDataSource source = source(suffix);
        source.setSocketTimeout(seconds(lease.hardCap().plus(LAST_RESORT)));
        addOptions(source, options.toString());
        String key = RawSockets.newKey();
        if (source.getSocketFactory() == null) {
            source.setSocketFactory(RawSockets.class.getName());
            source.setSocketFactoryArg(key);
        }
        try {
            return new Session(source.getConnection(), RawSockets.take(key));
        } catch (SQLException e) {
            RawSockets.take(key);
            throw e;
        }
    }

    /** The control connection's session: short statements only. */
    Connection connectControl() throws SQLException {
        PGSimpleDataSource source = source(":control");
        source.setSocketTimeout(seconds(LAST_RESORT));
        addOptions(source, "-c statement_timeout=" + LAST_RESORT.toMillis() + " -c idle_session_timeout=0");
        return source.getConnection();
    }

    /** The driver's own limits and names, without the session's defaults. */
    PGSimpleDataSource source(String suffix) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setURL(database.url());
        if (database.user() != null) {
            source.setUser(database.user());
        }
        if (database.password() != null) {
            source.setPassword(database.password());
        }
        source.setApplicationName(applicationName(suffix));
        // Otherwise the driver sets the name after the start of the session, and each RESET ALL would take it away.
        source.setProperty(PGProperty.ASSUME_MIN_SERVER_VERSION, "9.0");
        source.setTcpKeepAlive(true);
        source.setConnectTimeout(seconds(lease.connectTimeout()));
        source.setLoginTimeout(2 * seconds(lease.connectTimeout()));
        source.setProperty(PGProperty.CANCEL_SIGNAL_TIMEOUT, Integer.toString(seconds(lease.cancelTimeout())));
        if (source.getServerNames().length > 1 && isUnset(source.getTargetServerType())) {
            source.setTargetServerType("primary");
        }
        return source;
    }

    private static boolean isUnset(@Nullable String targetServerType) {
        return targetServerType == null || targetServerType.equals("any");
    }

    private static void addOptions(PGSimpleDataSource source, String options) {
        String before = source.getOptions();
        source.setOptions(before == null || before.isBlank() ? options : before + " " + options);
    }

    /** {@code leasehold:<node uid>:<epoch>:<pool>}: whoever sees a backend knows whose it is. */
    private String applicationName(String suffix) {
        String name = "leasehold:" + nodeUid + ":" + Math.max(1, epoch.current()) + ":" + pool.label() + suffix;
        return name.length() <= NAME_BYTES_MAX ? name : name.substring(0, NAME_BYTES_MAX);
    }

    private static int seconds(Duration duration) {
        return (int) Math.max(1, Math.min(Integer.MAX_VALUE / 1000, (duration.toMillis() + 999) / 1000));
    }
}
