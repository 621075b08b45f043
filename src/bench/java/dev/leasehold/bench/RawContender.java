package dev.leasehold.bench;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.StringReader;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * No scheduler: the least SQL that reads due tasks, removes them and writes a row of history for each. Two connections,
 * each owner of half the tasks, so that none waits for the other. It is the limit of what any design of this kind can
 * reach on the machine.
 */
final class RawContender implements Contender {

    private static final int READERS = 2;
    private static final int BATCH = 500;
    private static final int COPY_BATCH = 10_000;

    private static final String TABLES = """
            CREATE TABLE task (
                id bigint PRIMARY KEY,
                half int NOT NULL,
                type text NOT NULL,
                payload jsonb NOT NULL,
                due_at timestamptz NOT NULL
            );
            CREATE INDEX task_due ON task (half, due_at, id);
            CREATE TABLE run (
                task_id bigint NOT NULL,
                type text NOT NULL,
                due_at timestamptz NOT NULL,
                started_at timestamptz NOT NULL,
                finished_at timestamptz NOT NULL,
                outcome text NOT NULL
            );
            """;

    private static final String COPY = "COPY task (id, half, type, payload, due_at) FROM STDIN";

    private static final String FUTURE = """
            INSERT INTO task (id, half, type, payload, due_at)
            SELECT -no, no % 2, 'noop', '{}', now() + interval '1 year'
            FROM generate_series(1, ?) AS no
            """;

    // The place reached is remembered, so that the dead index entries of finished tasks are not walked again.
    private static final String READ = """
            SELECT id, due_at
            FROM task
            WHERE half = ? AND (due_at, id) > (?, ?) AND due_at <= now()
            ORDER BY due_at, id
            LIMIT 500
            """;

    private static final String FINISH = """
            WITH done AS (
                DELETE FROM task WHERE id = ANY (?) RETURNING id, type, due_at
            )
            INSERT INTO run (task_id, type, due_at, started_at, finished_at, outcome)
            SELECT id, type, due_at, now(), now(), 'success'
            FROM done
            """;

    private final BenchDatabase database;
    private final Arrivals arrivals;
    private final List<Thread> readers = new ArrayList<>();
    private @Nullable HikariDataSource pool;

    RawContender(BenchDatabase database, Arrivals arrivals) {
        this.database = database;
        this.arrivals = arrivals;
    }

    @Override
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("connections", READERS + ", each owner of half the tasks");
        settings.put("batch", BATCH + " tasks: one SELECT by cursor, one DELETE with INSERT of the history");
        settings.put("insert", "COPY, " + COPY_BATCH + " rows a transaction, one connection");
        return settings;
    }

    @Override
    public void install() throws SQLException {
        database.execute(TABLES);
    }

    @Override
    public void fill(int first, int count) throws SQLException, IOException {
        try (Connection connection = database.connect()) {
            for (int from = first; from < first + count; from += COPY_BATCH) {
                StringBuilder rows = new StringBuilder();
                for (int id = from; id < Math.min(from + COPY_BATCH, first + count); id++) {
                    rows.append(id).append('\t').append(id % READERS).append("\tnoop\t{}\tnow\n");
                }
                connection.unwrap(PGConnection.class).getCopyAPI().copyIn(COPY, new StringReader(rows.toString()));
            }
        }
    }

    @Override
    public void fillFuture(int count) throws SQLException {
        try (Connection connection = database.connect();
                PreparedStatement statement = connection.prepareStatement(FUTURE)) {
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

    private void drain(HikariDataSource from, int half) {
        try (Connection connection = from.getConnection();
                PreparedStatement read = connection.prepareStatement(READ);
                PreparedStatement finish = connection.prepareStatement(FINISH)) {
            read.setInt(1, half);
            read.setObject(2, OffsetDateTime.parse("2000-01-01T00:00:00Z"));
            read.setLong(3, Long.MIN_VALUE);
            List<Long> ids = read(read);
            while (!ids.isEmpty()) {
                ids.forEach(id -> arrivals.arrived(id.intValue()));
                Array array = connection.createArrayOf("bigint", ids.toArray());
                finish.setArray(1, array);
                finish.executeUpdate();
                ids = read(read);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("raw drain of half " + half + " failed", e);
        }
    }

    /** Also moves the cursor behind what was read. */
    private static List<Long> read(PreparedStatement read) throws SQLException {
        List<Long> ids = new ArrayList<>(BATCH);
        @Nullable OffsetDateTime last = null;
        try (ResultSet rows = read.executeQuery()) {
            while (rows.next()) {
                ids.add(rows.getLong(1));
                last = rows.getObject(2, OffsetDateTime.class);
            }
        }
        if (last != null) {
            read.setObject(2, last);
            read.setLong(3, ids.get(ids.size() - 1));
        }
        return ids;
    }
}
