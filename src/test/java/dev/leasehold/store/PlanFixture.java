package dev.leasehold.store;

import dev.leasehold.testing.TestPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A database with a million tasks, most of one type and tenant and due far ahead, with a queue that stands still before
 * thousands of them, and a history of runs. The statistics are either those of a time when the tables were small, or new.
 */
final class PlanFixture {

    static final String OWNER = "node-a";

    /** Due now: of each thousand tasks these. */
    private static final String TASKS = """
            INSERT INTO leasehold.task (id, lane, priority, due_at, state, tenant, type, key, queue, concurrency_key, changed_at,
                                        needed)
            SELECT n, n % 32, CASE WHEN n % 50 = 0 THEN 0 WHEN n % 10 = 0 THEN 1 ELSE 2 END,
                   CASE WHEN n % 1000 < 40 THEN now() - n % 3600 * interval '1 s' ELSE now() + (n % 31000000 + 60) * interval '1 s' END,
                   CASE WHEN n % 2000 = 777 THEN 'cancelled' WHEN n % 5000 = 778 THEN 'needs_intervention'
                        WHEN n % 2000 = 779 THEN 'blocked' ELSE 'active' END,
                   CASE WHEN n % 100 = 1 THEN 'tenant-' || n % 700 ELSE 'default' END,
                   CASE WHEN n % 500 = 3 THEN 'rare' WHEN n % 20 = 5 THEN 'second' ELSE 'common' END,
                   CASE WHEN n % 10 = 0 THEN 'key-' || n END,
                   CASE WHEN n % 1000 BETWEEN 20 AND 29 THEN 'still' ELSE 'default' END,
                   CASE WHEN n % 32 = 7 AND n % 3 = 0 THEN 'busy' WHEN n % 100 = 11 THEN 'key-' || n % 5000 END,
                   now() - interval '40 days', n % 2000 = 780
            FROM generate_series(:from, :to) AS n
            """;

    private static final String RUNS = """
            INSERT INTO leasehold.run (task_id, run_no, attempt, final, outcome, type, tenant, lane, epoch, node, due_at,
                                       started_at, finished_at, closed_version, payload, created_at, snapshot)
            SELECT CASE WHEN n % 2 = 0 THEN 2000000 + n ELSE n % 5000 END, n / 5000 + 1, 1, true,
                   CASE WHEN n % 1000 = 1 THEN 'failed' ELSE 'success' END,
                   CASE WHEN n % 500 = 3 THEN 'rare' ELSE 'common' END, 'default', n % 32, 1, 'node-a', at, at, at,
                   CASE WHEN n % 2 = 0 THEN 1 END, CASE WHEN n % 2 = 0 THEN '{}'::jsonb END, CASE WHEN n % 2 = 0 THEN at END,
                   CASE WHEN n % 2 = 0 THEN jsonb_build_object('key', 'old-' || n, 'priority', 2, 'queue', 'default') END
            FROM (
                SELECT n, (date_trunc('day', clock_timestamp(), 'UTC') - interval '1 day') + n % 86400 * interval '1 s' AS at
                FROM generate_series(:from, :to) AS n
            ) AS n
            """;

    private static final String OTHERS = """
            SELECT setval('leasehold.task_id', 20000000);
            INSERT INTO leasehold.dependency (needs_id, task_id)
            SELECT n * 2000 + 780, n * 2000 + 779 FROM generate_series(0, 499) AS n;
            INSERT INTO leasehold.dependency (needs_id, task_id)
            SELECT 780, 10000000 + n FROM generate_series(1, 100000) AS n;
            INSERT INTO leasehold.task_end (task_id, success) SELECT 3000000 + n, true FROM generate_series(1, 50000) AS n;
            INSERT INTO leasehold.subscription (name, kind) VALUES ('ledger', 'java'), ('quiet', 'feed');
            INSERT INTO leasehold.outbox (subscription, lane, task_id, run_no, attempt, type, tenant, name, payload)
            SELECT 'ledger', n % 32, n, 1, 1, 'common', 'default', 'done', '{}' FROM generate_series(1, 100000) AS n;
            INSERT INTO leasehold.idempotency_key (tenant, key, body_hash, task_id)
            SELECT 'default', 'k' || n, '', n FROM generate_series(1, 50000) AS n;
            ANALYZE leasehold.idempotency_key;
            INSERT INTO leasehold.running (task_id, run_no, attempt, lane, epoch, node, type, tenant, due_at, started_at)
            SELECT n * 1000, 1, 1, n * 1000 % 32, 1, 'node-a', 'common', 'default', now(), now()
            FROM generate_series(1, 900) AS n;
            INSERT INTO leasehold.step (task_id, run_no, name, attempt, result)
            SELECT n, 1, 'one', 1, '{}' FROM generate_series(1, 50000) AS n;
            INSERT INTO leasehold.event (at, type, node, message)
            SELECT now() - n * interval '1 ms', CASE WHEN n % 1000 = 0 THEN 'start' ELSE 'check_cycle' END, 'node-a', ''
            FROM generate_series(1, 100000) AS n;
            """;

    private static final String INDEXES = """
            SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
            WHERE indrelid IN ('leasehold.task'::regclass, 'leasehold.run'::regclass) AND NOT indisprimary
            """;

    private final TestPostgres.Database database = TestPostgres.freshDatabase();

    PlanFixture(int tasks, int runs) throws SQLException {
        Migrations.migratePlatform(database.url(), database.user(), database.password());
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET synchronous_commit = off");
            Lanes.ensure(connection, 32);
            Partitions.ensure(connection, 2);
            statement.execute("UPDATE leasehold.lane SET owner = '" + OWNER + "', epoch = 1");
            for (String table : List.of("task", "outbox", "dependency", "task_end", "step", "idempotency_key")) {
                statement.execute("ALTER TABLE leasehold." + table + " SET (autovacuum_enabled = off)");
            }
            // What the planner knows is of a day when there were a thousand.
            statement.execute(some(TASKS, 1, 1000));
            statement.execute(some(RUNS, 1, 1000));
            statement.execute("ANALYZE leasehold.task, leasehold.run");
            // Indexes made over all rows at once take a third of the time.
            Map<String, String> indexes = indexes(statement);
            for (String index : indexes.keySet()) {
                statement.execute("DROP INDEX " + index);
            }
            statement.execute(some(TASKS, 1001, tasks));
            statement.execute(some(RUNS, 1001, runs));
            statement.execute("SET maintenance_work_mem = '256MB'");
            for (String definition : indexes.values()) {
                statement.execute(definition.replace(" ON ONLY ", " ON "));
            }
            for (String sql : OTHERS.split(";\n", -1)) {
                if (!sql.isBlank()) {
                    statement.execute(sql);
                }
            }
        }
    }

    private static String some(String sql, int from, int to) {
        return sql.replace(":from", Integer.toString(from)).replace(":to", Integer.toString(to));
    }

    private static Map<String, String> indexes(Statement statement) throws SQLException {
        Map<String, String> indexes = new java.util.TreeMap<>();
        try (ResultSet row = statement.executeQuery(INDEXES)) {
            while (row.next()) {
                indexes.put(row.getString(1), row.getString(2));
            }
        }
        return indexes;
    }

    /** The statistics of what is there now. */
    void analyze() throws SQLException {
        database.execute("ANALYZE");
    }

    void execute(String sql) throws SQLException {
        database.execute(sql);
    }

    Connection connect() throws SQLException {
        return database.connect();
    }

    /** Sends texts as they are: the server refuses places without values otherwise. */
    Connection connectSimply() throws SQLException {
        return DriverManager.getConnection(
                database.url() + "?preferQueryMode=simple", database.user(), database.password());
    }

    /** The ownership of each lane, as its owner knows it. */
    List<LaneFence> fences() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT no, epoch, token FROM leasehold.lane ORDER BY no")) {
            List<LaneFence> fences = new ArrayList<>();
            while (row.next()) {
                fences.add(new LaneFence(row.getInt(1), row.getLong(2), row.getObject(3, java.util.UUID.class)));
            }
            return fences;
        }
    }
}
