package dev.leasehold.bench;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * No scheduler: the least SQL that reads due tasks, removes them and writes a row of history for each. Two connections,
 * each owner of half the tasks, so that none waits for the other. It is the limit of what any design of this kind can
 * reach on the machine, with the tables it is given.
 */
final class RawContender implements Contender {

    static final int READERS = 2;
    static final int BATCH = 500;
    private static final int COPY_BATCH = 10_000;

    /** Tables, and the statements that go with them; tasks have the numbers 0, 1, 2, …. */
    interface Tables {

        /** For the report. */
        String description();

        void install(BenchDatabase database) throws Exception;

        /** {@code COPY … FROM STDIN} of tasks. */
        String copy();

        /** The line of it for a task that is due now. */
        String row(int task);

        /** Puts in as many as the parameter says, due in a year. */
        String future();

        /** Removes the tasks whose ids its array names, and writes the history of each. */
        String finish();

        /** What one of the readers drains. */
        Half half(Connection connection, int reader) throws SQLException;
    }

    /** The tasks of one reader. */
    interface Half extends AutoCloseable {

        /** Reads the ids of the next batch, which are the tasks' numbers; empty when nothing is left. */
        List<Long> read() throws SQLException;

        @Override
        void close() throws SQLException;
    }

    private final BenchDatabase database;
    private final Arrivals arrivals;
    private final Tables tables;
    private final List<Thread> readers = new ArrayList<>();
    private @Nullable HikariDataSource pool;

    RawContender(BenchDatabase database, Arrivals arrivals, Tables tables) {
        this.database = database;
        this.arrivals = arrivals;
        this.tables = tables;
    }

    @Override
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("connections", READERS + ", each owner of half the tasks");
        settings.put("tables", tables.description());
        settings.put("batch", BATCH + " tasks: one SELECT by cursor, one DELETE with INSERT of the history");
        settings.put("insert", "COPY, " + COPY_BATCH + " rows a transaction, one connection");
        return settings;
    }

    @Override
    public void install() throws Exception {
        tables.install(database);
    }

    @Override
    public void fill(int first, int count) throws SQLException, IOException {
        try (Connection connection = database.connect()) {
            for (int from = first; from < first + count; from += COPY_BATCH) {
                StringBuilder rows = new StringBuilder();
                for (int task = from; task < Math.min(from + COPY_BATCH, first + count); task++) {
                    rows.append(tables.row(task)).append('\n');
                }
                connection
                        .unwrap(PGConnection.class)
                        .getCopyAPI()
                        .copyIn(tables.copy(), new StringReader(rows.toString()));
            }
        }
    }

    @Override
    public void fillFuture(int count) throws SQLException {
        try (Connection connection = database.connect();
                PreparedStatement statement = connection.prepareStatement(tables.future())) {
            statement.setInt(1, count);
            statement.executeUpdate();
        }
    }

    @Override
    public void begin() {
        HikariDataSource started = database.pool(READERS);
        pool = started;
        for (int half = 0; half < READERS; half++) {
            int own = half;
            Thread reader = new Thread(() -> drain(started, own), "raw-" + half);
            readers.add(reader);
            reader.start();
        }
    }

    /** Single tasks wake nobody here: a pickup latency would measure nothing but a poll interval of our choice. */
    @Override
    public void enqueue(int task) {
        throw new UnsupportedOperationException("the raw limit has no pickup");
    }

    @Override
    public boolean isDrained(Statement observer, int tasks) {
        return readers.stream().noneMatch(Thread::isAlive);
    }

    @Override
    public void close() {
        for (Thread reader : readers) {
            Waiting.joinOf(reader);
        }
        if (pool != null) {
            pool.close();
        }
    }

    private void drain(HikariDataSource from, int reader) {
        try (Connection connection = from.getConnection();
                Half half = tables.half(connection, reader);
                PreparedStatement finish = connection.prepareStatement(tables.finish())) {
            List<Long> ids = half.read();
            while (!ids.isEmpty()) {
                ids.forEach(id -> arrivals.arrived(id.intValue()));
                finish.setArray(1, connection.createArrayOf("bigint", ids.toArray()));
                finish.executeUpdate();
                ids = half.read();
            }
        } catch (SQLException e) {
            throw new IllegalStateException("raw drain of half " + reader + " failed", e);
        }
    }
}
