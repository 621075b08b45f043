package dev.leasehold.bench;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.jobrunr.configuration.JobRunr;
import org.jobrunr.jobs.lambdas.JobRequest;
import org.jobrunr.jobs.lambdas.JobRequestHandler;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.server.JobActivator;
import org.jobrunr.storage.sql.postgres.PostgresStorageProvider;
import org.jobrunr.utils.mapper.jackson.JacksonJsonMapper;

/** JobRunr (open-source edition) with the shortest poll interval that it allows on SQL. */
public final class JobRunrContender implements Contender {

    private static final Duration POLL = Duration.ofSeconds(5);
    private static final Duration START_LIMIT = Duration.ofSeconds(30);

    /** One was scheduled by JobRunr itself; the others are made after it. */
    private static final String FUTURE = """
            INSERT INTO jobrunr_jobs (id, version, jobasjson, jobsignature, state, createdat, updatedat, scheduledat)
            SELECT made.id, version, replace(jobasjson, job.id, made.id), jobsignature, state, createdat, updatedat,
                   scheduledat
            FROM jobrunr_jobs AS job
            CROSS JOIN (SELECT gen_random_uuid()::text AS id FROM generate_series(2, ?)) AS made
            WHERE state = 'SCHEDULED'
            """;

    private final BenchDatabase database;
    private final HikariDataSource pool;
    private final BackgroundJobServer server;
    private final JobRequestScheduler scheduler;

    /** What is stored: the number of the task. */
    public record NoOp(int task) implements JobRequest {
        @Override
        public Class<NoOpHandler> getJobRequestHandler() {
            return NoOpHandler.class;
        }
    }

    /** Made by the activator below; public, since JobRunr calls it by reflection. */
    public static final class NoOpHandler implements JobRequestHandler<NoOp> {
        private final Arrivals arrivals;

        NoOpHandler(Arrivals arrivals) {
            this.arrivals = arrivals;
        }

        @Override
        public void run(NoOp request) {
            arrivals.arrived(request.task());
        }
    }

    JobRunrContender(BenchDatabase database, Arrivals arrivals) {
        this.database = database;
        this.pool = database.pool(BenchSettings.CONNECTIONS);
        NoOpHandler handler = new NoOpHandler(arrivals);
        this.scheduler = JobRunr.configure()
                .useJsonMapper(new JacksonJsonMapper())
                .useStorageProvider(new PostgresStorageProvider(pool)) // makes its tables
                .useJobActivator(activator(handler))
                .useBackgroundJobServer(
                        BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                                .andPollInterval(POLL)
                                .andWorkerCount(BenchSettings.WORKERS)
                                .andInterruptJobsAwaitDurationOnStopBackgroundJobServer(Duration.ofSeconds(5)),
                        false)
                .initialize()
                .getJobRequestScheduler();
        this.server = JobRunr.getBackgroundJobServer();
    }

    @Override
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("version", "8.7.0, open-source edition");
        settings.put("connections", BenchSettings.CONNECTIONS + " (HikariCP)");
        settings.put("workers", Integer.toString(BenchSettings.WORKERS));
        settings.put("poll interval", POLL.toSeconds() + " s, the shortest it allows on SQL");
        settings.put("jobs", "JobRequest, Jackson");
        settings.put("insert", "enqueue of a stream");
        return settings;
    }

    /** Done when the storage provider was made. */
    @Override
    public void install() {}

    @Override
    public void fill(int first, int count) {
        scheduler.enqueue(IntStream.range(first, first + count).mapToObj(NoOp::new));
    }

    @Override
    public void fillFuture(int count) throws SQLException {
        scheduler.schedule(Instant.now().plus(365, ChronoUnit.DAYS), new NoOp(0));
        try (Connection connection = database.connect();
                PreparedStatement statement = connection.prepareStatement(FUTURE)) {
            statement.setInt(1, count);
            statement.executeUpdate();
        }
    }

    @Override
    public void begin() throws InterruptedException {
        server.start();
        Waiting.until("JobRunr's server is announced", START_LIMIT, server::isRunning);
    }

    @Override
    public void enqueue(int task) {
        scheduler.enqueue(new NoOp(task));
    }

    @Override
    public boolean isDrained(Statement observer, int tasks) throws SQLException {
        return Contender.isTrue(
                observer, "SELECT NOT EXISTS (SELECT FROM jobrunr_jobs WHERE state IN ('ENQUEUED', 'PROCESSING'))");
    }

    @Override
    public void close() {
        JobRunr.destroy();
        pool.close();
    }

    private static JobActivator activator(NoOpHandler handler) {
        return new JobActivator() {
            @Override
            public <T> T activateJob(Class<T> type) {
                return type.cast(handler);
            }
        };
    }
}
