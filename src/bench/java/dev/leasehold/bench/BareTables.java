package dev.leasehold.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The least that a task and its history can be: five and six columns, and no index that the drain does not need. */
final class BareTables implements RawContender.Tables {

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

    @Override
    public String description() {
        return "five columns a task and six a row of history, which has no index";
    }

    @Override
    public void install(BenchDatabase database) throws SQLException {
        database.execute(TABLES);
    }

    @Override
    public String copy() {
        return "COPY task (id, half, type, payload, due_at) FROM STDIN";
    }

    @Override
    public String row(int task) {
        return task + "\t" + task % RawContender.READERS + "\tnoop\t{}\tnow";
    }

    @Override
    public String future() {
        return FUTURE;
    }

    @Override
    public String finish() {
        return FINISH;
    }

    @Override
    public RawContender.Half half(Connection connection, int reader) throws SQLException {
        return new BareHalf(connection, reader);
    }

    private static final class BareHalf implements RawContender.Half {

        private final PreparedStatement read;

        BareHalf(Connection connection, int half) throws SQLException {
            this.read = connection.prepareStatement(READ);
            read.setInt(1, half);
            read.setObject(2, OffsetDateTime.parse("2000-01-01T00:00:00Z"));
            read.setLong(3, Long.MIN_VALUE);
        }

        /** Also moves the cursor behind what was read. */
        @Override
        public List<Long> read() throws SQLException {
            List<Long> ids = new ArrayList<>(RawContender.BATCH);
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

        @Override
        public void close() throws SQLException {
            read.close();
        }
    }
}
