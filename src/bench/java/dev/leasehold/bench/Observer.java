package dev.leasehold.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Looks at one system from outside, as superuser: its connections, sampled, and what the server counts for its database.
 * The sampler's own sessions are in another database and are in none of the counts.
 */
final class Observer implements AutoCloseable {

    private static final long SAMPLE_MILLIS = 25;
    private static final Duration FLUSH_LIMIT = Duration.ofSeconds(15);

    private static final String SESSIONS = """
            SELECT count(*)
            FROM pg_stat_activity
            WHERE usename = ? AND backend_type = 'client backend'
            """;

    private static final String COMMITS = "SELECT xact_commit FROM pg_stat_database WHERE datname = ?";

    private static final String WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')";

    private final BenchDatabase database;
    private final Connection sampling;
    private final Connection asking;
    private final AtomicInteger sessionsMax = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Thread sampler;

    Observer(Server server, BenchDatabase database) throws SQLException {
        this.database = database;
        this.sampling = server.superuser("postgres");
        this.asking = server.superuser("postgres");
        this.sampler = new Thread(this::sample, "observer");
        sampler.setDaemon(true);
        sampler.start();
    }

    /** The most sessions of the system's role seen at once. */
    int sessionsMax() {
        return sessionsMax.get();
    }

    /** Bytes of WAL written since the server was made. */
    double walBytes() throws SQLException {
        try (Statement statement = asking.createStatement();
                ResultSet row = statement.executeQuery(WAL)) {
            row.next();
            return row.getDouble(1);
        }
    }

    /**
     * Transactions committed in the database. A session tells its number late, at its end for certain, so this waits
     * until there is none; the system must be closed.
     */
    long commits() throws SQLException, InterruptedException {
        Waiting.until(
                "the sessions of " + database.name() + " end",
                FLUSH_LIMIT,
                () -> number(asking, SESSIONS, database.owner()) == 0);
        return number(asking, COMMITS, database.name());
    }

    private void sample() {
        try {
            while (!closed.get()) {
                int sessions = (int) number(sampling, SESSIONS, database.owner());
                sessionsMax.accumulateAndGet(sessions, Math::max);
                Thread.sleep(SAMPLE_MILLIS);
            }
        } catch (SQLException e) {
            if (!closed.get()) {
                throw new IllegalStateException("cannot count the sessions", e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static long number(Connection connection, String sql, String of) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, of);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    @Override
    public void close() throws SQLException {
        closed.set(true);
        sampler.interrupt();
        sampling.close();
        asking.close();
    }
}
