package dev.leasehold.bench;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.quartz.Job;
import org.quartz.JobBuilder;
import org.quartz.JobDetail;
import org.quartz.JobExecutionContext;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.impl.StdSchedulerFactory;
import org.quartz.utils.ConnectionProvider;
import org.quartz.utils.DBConnectionManager;

/**
 * Quartz with its clustered JDBC store and batch acquisition. One durable job with a trigger a task: that is two rows
 * less to write and to delete than a job of its own for each.
 */
final class QuartzContender implements Contender {

    private static final String TABLES = "/org/quartz/impl/jdbcjobstore/tables_postgres.sql";
    private static final String SCHEDULER = "bench";
    private static final String DATA_SOURCE = "org.quartz.jobStore.dataSource";
    private static final int INSERT_BATCH = 500;

    /**
     * One was scheduled by Quartz itself; the others are made after it. In two steps with fresh statistics between, or
     * the foreign key of the second would be checked by scanning the whole of the first for each row.
     */
    private static final String FUTURE_TRIGGERS = """
            INSERT INTO qrtz_triggers (sched_name, trigger_name, trigger_group, job_name, job_group, next_fire_time,
                    prev_fire_time, priority, trigger_state, trigger_type, start_time, end_time, misfire_instr)
            SELECT sched_name, 'future-' || no, trigger_group, job_name, job_group, next_fire_time,
                    prev_fire_time, priority, trigger_state, trigger_type, start_time, end_time, misfire_instr
            FROM qrtz_triggers
            CROSS JOIN generate_series(2, ?) AS no
            WHERE trigger_name = 'future-1'
            """;

    private static final String FUTURE_SIMPLE_TRIGGERS = """
            INSERT INTO qrtz_simple_triggers (sched_name, trigger_name, trigger_group, repeat_count, repeat_interval,
                    times_triggered)
            SELECT sched_name, 'future-' || no, trigger_group, repeat_count, repeat_interval, times_triggered
            FROM qrtz_simple_triggers
            CROSS JOIN generate_series(2, ?) AS no
            WHERE trigger_name = 'future-1'
            """;

    private final BenchDatabase database;
    private final Arrivals arrivals;
    private final HikariDataSource pool;
    private final Scheduler scheduler;
    private final JobDetail job =
            JobBuilder.newJob(NoOp.class).withIdentity("noop").storeDurably().build();

    /** Made by the job factory below. */
    static final class NoOp implements Job {
        private final Arrivals arrivals;

        NoOp(Arrivals arrivals) {
            this.arrivals = arrivals;
        }

        @Override
        public void execute(JobExecutionContext context) {
            arrivals.arrived(Integer.parseInt(context.getTrigger().getKey().getName()));
        }
    }

    QuartzContender(BenchDatabase database, Arrivals arrivals) throws SchedulerException {
        this.database = database;
        this.arrivals = arrivals;
        this.pool = database.pool(BenchSettings.CONNECTIONS);
        DBConnectionManager.getInstance().addConnectionProvider(database.name(), provider());
        this.scheduler = new StdSchedulerFactory(properties()).getScheduler();
    }

    @Override
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("version", "2.5.2");
        settings.put("connections", BenchSettings.CONNECTIONS + " (HikariCP)");
        settings.put("tasks", "triggers of one durable job");
        settings.put("insert", "scheduleJobs, " + INSERT_BATCH + " triggers a call");
        Properties properties = properties();
        properties.remove(DATA_SOURCE);
        properties.stringPropertyNames().stream()
                .sorted()
                .forEach(name -> settings.put(name, properties.getProperty(name)));
        return settings;
    }

    @Override
    public void install() throws SQLException, IOException {
        try (InputStream file = QuartzContender.class.getResourceAsStream(TABLES);
                Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            if (file == null) {
                throw new IOException(TABLES + " is not in Quartz's jar");
            }
            statement.execute(new String(file.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Override
    public void fill(int first, int count) throws SchedulerException {
        for (int from = first; from < first + count; from += INSERT_BATCH) {
            Set<Trigger> triggers = new LinkedHashSet<>();
            for (int id = from; id < Math.min(from + INSERT_BATCH, first + count); id++) {
                triggers.add(trigger(Integer.toString(id)).startNow().build());
            }
            scheduler.scheduleJobs(Map.of(job, triggers), true);
        }
    }

    @Override
    public void fillFuture(int count) throws SchedulerException, SQLException {
        scheduler.addJob(job, true);
        scheduler.scheduleJob(trigger("future-1")
                .startAt(Date.from(Instant.now().plus(365, ChronoUnit.DAYS)))
                .build());
        fill(FUTURE_TRIGGERS, count);
        database.execute("ANALYZE qrtz_triggers");
        fill(FUTURE_SIMPLE_TRIGGERS, count);
    }

    private void fill(String sql, int count) throws SQLException {
        try (Connection connection = database.connect();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setInt(1, count);
            statement.executeUpdate();
        }
    }

    @Override
    public void begin() throws SchedulerException {
        scheduler.setJobFactory((bundle, asking) -> new NoOp(arrivals));
        scheduler.addJob(job, true);
        scheduler.start();
    }

    @Override
    public void enqueue(int task) throws SchedulerException {
        scheduler.scheduleJob(trigger(Integer.toString(task)).startNow().build());
    }

    @Override
    public boolean isDrained(Statement observer, int tasks) throws SQLException {
        return Contender.isTrue(observer, """
                SELECT NOT EXISTS (
                        SELECT FROM qrtz_triggers WHERE next_fire_time <= extract(epoch FROM now()) * 1000)
                    AND NOT EXISTS (SELECT FROM qrtz_fired_triggers)
                """);
    }

    @Override
    public void close() {
        try {
            scheduler.shutdown(true);
        } catch (SchedulerException e) {
            throw new IllegalStateException("Quartz does not stop", e);
        } finally {
            pool.close();
        }
    }

    private TriggerBuilder<Trigger> trigger(String name) {
        return TriggerBuilder.newTrigger().withIdentity(name).forJob(job);
    }

    private Properties properties() {
        Properties properties = new Properties();
        properties.setProperty("org.quartz.scheduler.instanceName", SCHEDULER);
        properties.setProperty("org.quartz.scheduler.instanceId", "AUTO");
        properties.setProperty(
                "org.quartz.scheduler.batchTriggerAcquisitionMaxCount", Integer.toString(BenchSettings.WORKERS));
        properties.setProperty("org.quartz.threadPool.class", "org.quartz.simpl.SimpleThreadPool");
        properties.setProperty("org.quartz.threadPool.threadCount", Integer.toString(BenchSettings.WORKERS));
        properties.setProperty("org.quartz.jobStore.class", "org.quartz.impl.jdbcjobstore.JobStoreTX");
        properties.setProperty(
                "org.quartz.jobStore.driverDelegateClass", "org.quartz.impl.jdbcjobstore.PostgreSQLDelegate");
        properties.setProperty(DATA_SOURCE, database.name());
        properties.setProperty("org.quartz.jobStore.isClustered", "true");
        // Asked for by the documentation as soon as more than one trigger is acquired at a time.
        properties.setProperty("org.quartz.jobStore.acquireTriggersWithinLock", "true");
        properties.setProperty("org.quartz.jobStore.useProperties", "true");
        // Longer than a drain, or the misfire handler would compete with it.
        properties.setProperty("org.quartz.jobStore.misfireThreshold", "600000");
        return properties;
    }

    private ConnectionProvider provider() {
        return new ConnectionProvider() {
            @Override
            public Connection getConnection() throws SQLException {
                return pool.getConnection();
            }

            @Override
            public void shutdown() {}

            @Override
            public void initialize() {}
        };
    }
}
