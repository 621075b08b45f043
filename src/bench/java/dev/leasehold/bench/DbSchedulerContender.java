package dev.leasehold.bench;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** db-scheduler with the settings of its own throughput tests on PostgreSQL, and immediate execution for the pickup. */
final class DbSchedulerContender implements Contender {

    private static final double LOWER_LIMIT = 0.5;
    private static final double UPPER_LIMIT = 4.0;

    /** Its documentation lets each application make the table; columns and indexes are those it asks for. */
    private static final String TABLES = """
            CREATE TABLE scheduled_tasks (
                task_name text NOT NULL,
                task_instance text NOT NULL,
                task_data bytea,
                execution_time timestamptz,
                state text,
                picked boolean NOT NULL,
                picked_by text,
                last_success timestamptz,
                last_failure timestamptz,
                consecutive_failures int,
                last_heartbeat timestamptz,
                version bigint NOT NULL,
                priority smallint,
                PRIMARY KEY (task_name, task_instance)
            );
            CREATE INDEX execution_time_idx ON scheduled_tasks (execution_time);
            CREATE INDEX last_heartbeat_idx ON scheduled_tasks (last_heartbeat);
            """;

    private static final String FUTURE = """
            INSERT INTO scheduled_tasks (task_name, task_instance, execution_time, picked, version)
            SELECT 'noop', 'future-' || no, now() + interval '1 year', false, 1
            FROM generate_series(1, ?) AS no
            """;

    private final BenchDatabase database;
    private final HikariDataSource pool;
    private final OneTimeTask<Void> task;
    private @Nullable Scheduler scheduler;

    DbSchedulerContender(BenchDatabase database, Arrivals arrivals) {
        this.database = database;
        this.pool = database.pool(BenchSettings.CONNECTIONS);
        this.task = Tasks.oneTime("noop")
                .execute((instance, context) -> arrivals.arrived(Integer.parseInt(instance.getId())));
    }

    @Override
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("version", "16.12.0");
        settings.put("connections", BenchSettings.CONNECTIONS + " (HikariCP)");
        settings.put("threads", Integer.toString(BenchSettings.WORKERS));
        settings.put(
                "polling",
                "lock-and-fetch, lower limit " + LOWER_LIMIT + ", upper limit " + UPPER_LIMIT
                        + " of the threads; interval 1 s");
        settings.put("enableImmediateExecution", "on");
        settings.put("insert", "scheduleBatch, batches of " + SchedulerClient.DEFAULT_BATCH_SIZE);
        return settings;
    }

    @Override
    public void install() throws SQLException {
        database.execute(TABLES);
    }

    @Override
    public void fill(int first, int count) {
        SchedulerClient client = SchedulerClient.Builder.create(pool, task).build();
        Instant due = Instant.now();
        client.scheduleBatch(
                IntStream.range(first, first + count)
                        .<TaskInstance<?>>mapToObj(id -> task.instance(Integer.toString(id))),
                due);
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
        scheduler = Scheduler.create(pool, task)
                .threads(BenchSettings.WORKERS)
                .pollUsingLockAndFetch(LOWER_LIMIT, UPPER_LIMIT)
                .pollingInterval(Duration.ofSeconds(1))
                .enableImmediateExecution()
                .build();
        scheduler.start();
    }

    @Override
    public void enqueue(int id) {
        if (scheduler != null) {
            scheduler.schedule(task.instance(Integer.toString(id)), Instant.now());
        }
    }

    @Override
    public boolean isDrained(Statement observer, int tasks) throws SQLException {
        return Contender.isTrue(
                observer, "SELECT NOT EXISTS (SELECT FROM scheduled_tasks WHERE execution_time <= now())");
    }

    @Override
    public void close() {
        if (scheduler != null) {
            scheduler.stop();
        }
        pool.close();
    }
}
