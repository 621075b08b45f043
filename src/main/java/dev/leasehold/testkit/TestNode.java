package dev.leasehold.testkit;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.leasehold.Handlers;
import dev.leasehold.Leasehold;
import dev.leasehold.LeaseholdLeases;
import dev.leasehold.LeaseholdTasks;
import dev.leasehold.config.ConfigLoader;
import dev.leasehold.config.DatabaseSettings;
import dev.leasehold.config.StartMode;
import dev.leasehold.embedded.DataFolder;
import dev.leasehold.embedded.EmbeddedPostgres;
import dev.leasehold.lease.DatabaseAddress;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.OneConnection;
import dev.leasehold.lease.SqlWork;
import dev.leasehold.store.Migrations;
import dev.leasehold.store.Partitions;
import dev.leasehold.store.Runs;
import dev.leasehold.store.VirtualTime;
import dev.leasehold.task.ConnectionWork;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskId;
import dev.leasehold.task.TaskSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A whole node for a test: real engine, real PostgreSQL, and a clock that runs on and can be set ahead. What is due follows
 * that clock: first runs, retries, the next time of a cron expression, the end of a cool-off. How long work itself takes
 * (time-outs, leases) follows real time, as ever.
 *
 * <pre>{@code
 * TaskId task = node.create(TaskSpec.of("invoice-reminder", new Invoice(42)).schedule(daily));
 * node.jump(Duration.ofDays(3));
 * node.runDue();
 * assertThat(node.outcomes(task)).extracting(TestNode.Run::outcome).containsOnly("success");
 * }</pre>
 */
public final class TestNode implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration LOOK = Duration.ofMillis(10);
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(30));
    private static final Duration STOP = Duration.ofSeconds(5);
    private static final int DAYS_AHEAD = 7;
    private static final int MOST_RUNS = 1000;

    private final Leasehold leasehold;
    private final ClockAhead clock;
    private final EmbeddedPostgres server;
    private final DataFolder data;
    private final Path folder;

    private TestNode(Leasehold leasehold, ClockAhead clock, EmbeddedPostgres server, DataFolder data, Path folder) {
        this.leasehold = leasehold;
        this.clock = clock;
        this.server = server;
        this.data = data;
        this.folder = folder;
    }

    /**
     * An attempt that has ended.
     *
     * @param outcome success, partial, skipped, failed or cancelled
     * @param isFinal no further attempt of its run follows
     * @param reason of a failure
     * @param result JSON text
     */
    public record Run(
            int attempt,
            String outcome,
            boolean isFinal,
            Instant dueAt,
            Instant finishedAt,
            @Nullable String reason,
            @Nullable String error,
            @Nullable String result) {}

    /** Starts one on an embedded PostgreSQL in a folder of its own, which is gone when it is closed. */
    public static TestNode start(Handlers handlers, String settings) {
        Path folder;
        try {
            folder = Files.createTempDirectory("leasehold-test");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        EmbeddedPostgres server = null;
        try {
            DataFolder data = DataFolder.take(folder.resolve("server"));
            server = new EmbeddedPostgres(data);
            DatabaseSettings database = server.start();
            // Before the node's sessions begin: those that are there keep the server's own clock.
            Migrations.migratePlatform(database.url(), database.user(), database.password());
            DatabaseAddress address = new DatabaseAddress(database.url(), database.user(), database.password());
            OneConnection.with(address, connection -> {
                VirtualTime.install(connection);
                return true;
            });
            ClockAhead clock = new ClockAhead(Clock.systemUTC());
            Leasehold leasehold = Leasehold.start(config(database, folder, settings), clock, handlers);
            return new TestNode(leasehold, clock, server, data, folder);
        } catch (Exception e) {
            if (server != null) {
                server.stop(STOP, STOP);
            }
            delete(folder);
            throw e instanceof RuntimeException known ? known : new IllegalStateException("cannot start a node", e);
        }
    }

    private static Config config(DatabaseSettings database, Path folder, String settings) {
        Map<String, String> environment = Map.of(
                "LEASEHOLD_DATABASE_URL", database.url(),
                "LEASEHOLD_DATABASE_USER", String.valueOf(database.user()),
                "LEASEHOLD_DATABASE_PASSWORD", String.valueOf(database.password()),
                "LEASEHOLD_DATA_DIR", folder.resolve("node").toString(),
                "LEASEHOLD_HTTP_PORT", "0",
                "LEASEHOLD_REMOTING_PORT", "0",
                "LEASEHOLD_DEMO", "off");
        Config shipped = new ConfigLoader(StartMode.PRODUCTION, environment, Map.of(), Optional.empty()).load();
        return ConfigFactory.parseString(settings).withFallback(shipped).resolve();
    }

    /** The tasks of the node, as an application sees them. */
    public LeaseholdTasks tasks() {
        return leasehold.tasks();
    }

    public LeaseholdLeases leases() {
        return leasehold.leases();
    }

    /** Creates a task, committed. */
    public TaskId create(TaskSpec spec) {
        return tasks().create(spec).toCompletableFuture().join().id();
    }

    /** Works on the node's database, in a transaction: to arrange what handlers need, and to look at what they did. */
    public <T> T onDatabase(ConnectionWork<T> work) {
        return work(leasehold, work::apply);
    }

    /** What time it is there. */
    public Instant now() {
        return work(leasehold, VirtualTime::now);
    }

    /** Sets the clock ahead. What becomes due by it starts at once; {@link #runDue} waits for it. */
    public void jump(Duration by) {
        clock.jump(by);
        work(leasehold, connection -> {
            VirtualTime.jump(connection, by);
            return true;
        });
        // Of the days that it is now: their results are written to these.
        work(leasehold, connection -> {
            Partitions.ensure(connection, DAYS_AHEAD);
            return true;
        });
    }

    /** Sets the clock ahead to a time. */
    public void jumpTo(Instant at) {
        jump(Duration.between(now(), at));
    }

    /** Waits until nothing is due any more; fails after a minute, and names what is. */
    public void runDue() {
        Collection<String> types = leasehold.node().engine().types().names();
        List<Long> due = List.of();
        for (long looks = LIMIT.dividedBy(LOOK); looks > 0; looks--) {
            due = work(leasehold, connection -> VirtualTime.due(connection, types));
            if (due.isEmpty()) {
                return;
            }
            pause();
        }
        throw new AssertionError("still due after " + LIMIT.toSeconds() + " s: tasks " + due);
    }

    /** The attempts of a task that have ended, the first one first. */
    public List<Run> outcomes(TaskId task) {
        List<Runs.Row> rows = work(
                leasehold,
                connection -> Runs.list(connection, new Runs.Filter(task.value(), null, null, null, null, MOST_RUNS)));
        return rows.stream()
                .sorted(Comparator.comparing(Runs.Row::finishedAt)
                        .thenComparing(Runs.Row::runNo)
                        .thenComparing(Runs.Row::attempt))
                .map(row -> new Run(
                        row.attempt(),
                        row.outcome(),
                        row.isFinal(),
                        row.dueAt(),
                        row.finishedAt(),
                        row.reason(),
                        row.error(),
                        row.result()))
                .toList();
    }

    @Override
    public void close() {
        leasehold.close();
        server.stop(STOP, STOP);
        data.close();
        delete(folder);
    }

    private static <T> T work(Leasehold on, SqlWork<T> work) {
        try {
            return on.leases()
                    .inTransaction(TaskContext.PLATFORM, HOLD, work)
                    .toCompletableFuture()
                    .join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private static void pause() {
        try {
            new CountDownLatch(1).await(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
