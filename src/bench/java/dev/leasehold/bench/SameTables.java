package dev.leasehold.bench;

import dev.leasehold.store.Migrations;
import dev.leasehold.store.Partitions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Leasehold's own tables with all their indexes, and the same row of history. Beside {@link BareTables} it tells what these
 * tables cost, and a drain of Leasehold beside this what the scheduling costs. Nothing is fenced, counted or handed to anybody.
 */
final class SameTables implements RawContender.Tables {

    private static final int LANES = 32;
    private static final int OF_EACH = RawContender.BATCH * RawContender.READERS / LANES;

    private static final String FUTURE = """
            INSERT INTO leasehold.task (id, lane, type, payload, due_at)
            SELECT 1000000000 + no, no % 32, 'noop', '{}', now() + interval '1 year'
            FROM generate_series(1, ?) AS no
            """;

    private static final String READ = """
            SELECT c.place, t.id, t.due_at
            FROM unnest(?::smallint[], ?::timestamptz[], ?::bigint[]) WITH ORDINALITY AS c (lane, after_at, after_id, place)
            CROSS JOIN LATERAL (
                SELECT d.id, d.due_at
                FROM leasehold.task d
                WHERE d.state = 'active' AND d.lane = c.lane AND d.priority = 2
                  AND (d.due_at, d.id) > (c.after_at, c.after_id) AND d.due_at <= now()
                ORDER BY d.due_at, d.id
                LIMIT\s""" + OF_EACH + ") AS t";

    private static final String FINISH = """
            WITH done AS (
                DELETE FROM leasehold.task
                WHERE id = ANY (?)
                RETURNING id, run_no, attempt, type, tenant, lane, due_at, version, payload, created_at
            )
            INSERT INTO leasehold.run (task_id, run_no, attempt, final, outcome, type, tenant, lane, epoch, node, due_at,
                                       started_at, finished_at, closed_version, payload, created_at)
            SELECT id, run_no, attempt, true, 'success', type, tenant, lane, 1, 'raw', due_at, now(), clock_timestamp(), version, payload,
                   created_at
            FROM done
            """;

    @Override
    public String description() {
        return "those of Leasehold, with all their indexes and the same row of history";
    }

    @Override
    public void install(BenchDatabase database) throws SQLException {
        Migrations.migratePlatform(database.url(), database.owner(), database.password());
        try (Connection connection = database.connect()) {
            Partitions.ensure(connection, 2);
        }
    }

    @Override
    public String copy() {
        return "COPY leasehold.task (id, lane, type, payload, due_at) FROM STDIN";
    }

    @Override
    public String row(int task) {
        return task + "\t" + task % LANES + "\tnoop\t{\"task\": " + task + "}\tnow";
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
        return new Lanes(connection, reader);
    }

    private static final class Lanes implements RawContender.Half {

        private final Connection connection;
        private final PreparedStatement read;
        private final Object[] afterAt;
        private final Object[] afterId;

        Lanes(Connection connection, int reader) throws SQLException {
            this.connection = connection;
            this.read = connection.prepareStatement(READ);
            Object[] lanes = IntStream.range(0, LANES)
                    .filter(lane -> lane % RawContender.READERS == reader)
                    .boxed()
                    .toArray();
            afterAt = new Object[lanes.length];
            afterId = new Object[lanes.length];
            Arrays.fill(afterAt, OffsetDateTime.parse("2000-01-01T00:00:00Z"));
            Arrays.fill(afterId, Long.MIN_VALUE);
            read.setArray(1, connection.createArrayOf("smallint", lanes));
        }

        /** Also moves the cursor of each lane behind what was read. */
        @Override
        public List<Long> read() throws SQLException {
            read.setArray(2, connection.createArrayOf("timestamptz", afterAt));
            read.setArray(3, connection.createArrayOf("bigint", afterId));
            List<Long> ids = new ArrayList<>(RawContender.BATCH);
            try (ResultSet rows = read.executeQuery()) {
                while (rows.next()) {
                    int place = rows.getInt(1) - 1;
                    long id = rows.getLong(2);
                    ids.add(id);
                    afterAt[place] = rows.getObject(3, OffsetDateTime.class);
                    afterId[place] = id;
                }
            }
            return ids;
        }

        @Override
        public void close() throws SQLException {
            read.close();
        }
    }
}
