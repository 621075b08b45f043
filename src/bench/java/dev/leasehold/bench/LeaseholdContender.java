package dev.leasehold.bench;

import dev.leasehold.Handlers;
import dev.leasehold.Leasehold;
import dev.leasehold.config.ConfigLoader;
import dev.leasehold.config.StartMode;
import dev.leasehold.store.Migrations;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.task.TaskType;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Leasehold embedded as an application embeds it: a whole node with the settings it ships with. Both pools and their
 * control connections share the connections that a peer has in its one pool.
 */
final class LeaseholdContender implements Contender {

    private static final String TYPE = "noop";
    private static final int CREATE_BATCH = 10_000;

    /** As many as the engine starts at once by itself, so that the type sets no bound of its own. */
    private static final int CONCURRENCY = 4_096;

    private static final Map<String, String> SIZES = Map.of(
            "leasehold.platform-pool.size", "5",
            "leasehold.platform-pool.max-overflow", "7",
            "leasehold.userdata-pool.size", "1",
            "leasehold.userdata-pool.max-overflow", "0",
            "leasehold.userdata-pool.reserved", "0");

    private static final String EXECUTED = """
            SELECT coalesce(sum(executed), 0) >= %d
            FROM (
                SELECT type, executed FROM leasehold.stat UNION ALL SELECT type, executed FROM leasehold.stat_delta
            ) AS s
            WHERE type = '""" + TYPE + "'";

    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Tasks of a fill are due so long after its start, and later by twice the time that the last fill took a task. */
    private static final Duration FILL_MARGIN = Duration.ofSeconds(6);

    private static volatile double fillPerSecond = 10_000;

    /** The same for all, since the copies of a database keep what was encrypted with the key in it. */
    private static final Path DATA =
            Path.of(System.getProperty("bench.folder", "target/bench")).resolve("leasehold");

    private final BenchDatabase database;
    private final Arrivals arrivals;
    private @Nullable Leasehold running;
    private @Nullable Instant filledUntil;

    /** What is stored: the number of the task. */
    record Payload(int task) {}

    private record NoOp(Arrivals arrivals) implements TaskHandler<Payload> {
        @Override
        public TaskType<Payload> type() {
            return TaskType.of(TYPE, Payload.class).concurrency(CONCURRENCY);
        }

        @Override
        public Outcome run(Payload payload, TaskContext context) {
            arrivals.arrived(payload.task());
            return Outcome.success();
        }
    }

    LeaseholdContender(BenchDatabase database, Arrivals arrivals) {
        this.database = database;
        this.arrivals = arrivals;
    }

    @Override
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put(
                "connections",
                "platform pool 5 + 7, user-data pool 1, a control connection each: " + BenchSettings.CONNECTIONS);
        settings.put("type", "concurrency " + CONCURRENCY + ", otherwise as shipped");
        settings.put("insert", "tasks().create of a list, " + CREATE_BATCH + " tasks a transaction");
        return settings;
    }

    @Override
    public void install() {
        Migrations.migratePlatform(database.url(), database.owner(), database.password());
    }

    @Override
    public void prepareFill() {
        running();
    }

    /** They become due in a moment, and {@link #close} waits for it: a node that is up would start them at once. */
    @Override
    public void fill(int first, int count) throws Exception {
        Instant begun = Instant.now();
        Instant due = begun.plus(FILL_MARGIN).plusMillis(Math.round(2_000 * count / fillPerSecond));
        create(first, count, due);
        fillPerSecond = count * 1e9 / Duration.between(begun, Instant.now()).toNanos();
        filledUntil = due;
    }

    @Override
    public void fillFuture(int count) throws Exception {
        create(0, count, Instant.now().plus(365, ChronoUnit.DAYS));
    }

    private void create(int first, int count, Instant due) throws Exception {
        Leasehold leasehold = running();
        for (int from = first; from < first + count; from += CREATE_BATCH) {
            List<TaskSpec> specs = IntStream.range(from, Math.min(from + CREATE_BATCH, first + count))
                    .mapToObj(task -> TaskSpec.of(TYPE, new Payload(task)).dueAt(due))
                    .toList();
            get(leasehold.tasks().create(specs));
        }
    }

    @Override
    public void begin() throws Exception {
        running();
    }

    @Override
    public void enqueue(int task) throws Exception {
        get(running().tasks().create(TaskSpec.of(TYPE, new Payload(task))));
    }

    @Override
    public boolean isDrained(Statement observer, int tasks) throws SQLException {
        return Contender.isTrue(observer, EXECUTED.formatted(tasks));
    }

    @Override
    public void close() {
        if (running != null) {
            running.close();
            running = null;
            awaitDue();
        }
    }

    private void awaitDue() {
        Instant until = filledUntil;
        if (until == null) {
            return;
        }
        if (arrivals.count() > 0) {
            throw new IllegalStateException("tasks were due before all were put in; raise the margin");
        }
        Waiting.sleepUntil(until);
    }

    private Leasehold running() {
        Leasehold started = running;
        if (started == null) {
            Map<String, String> environment = Map.of(
                    "LEASEHOLD_DATABASE_URL", database.url(),
                    "LEASEHOLD_DATABASE_USER", database.owner(),
                    "LEASEHOLD_DATABASE_PASSWORD", database.password(),
                    "LEASEHOLD_DATA_DIR", DATA.toString(),
                    "LEASEHOLD_HTTP_PORT", "0",
                    "LEASEHOLD_REMOTING_PORT", "0");
            started = Leasehold.start(
                    new ConfigLoader(StartMode.PRODUCTION, environment, SIZES, Optional.empty()).load(),
                    Handlers.of(new NoOp(arrivals)));
            running = started;
        }
        return started;
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }
}
