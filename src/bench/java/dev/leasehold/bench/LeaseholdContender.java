package dev.leasehold.bench;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.leasehold.engine.Engine;
import dev.leasehold.engine.EngineActor;
import dev.leasehold.engine.EngineSettings;
import dev.leasehold.engine.EngineSetup;
import dev.leasehold.engine.RevokedLeaseLog;
import dev.leasehold.engine.run.TypeRegistry;
import dev.leasehold.lease.DatabaseAddress;
import dev.leasehold.lease.LeaseSettings;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.PoolSettings;
import dev.leasehold.lease.Pools;
import dev.leasehold.lease.Ticker;
import dev.leasehold.store.Migrations;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.task.TaskType;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Leasehold as a node has it, but for HTTP and cluster: pools and engine on one database, with the settings it ships with.
 * Both pools and their control connections share the connections that a peer has in its one pool.
 */
final class LeaseholdContender implements Contender {

    private static final String TYPE = "noop";
    private static final int CREATE_BATCH = 10_000;

    /** As many as the engine starts at once by itself, so that the type sets no bound of its own. */
    private static final int CONCURRENCY = 4_096;

    private static final String SIZES = """
            leasehold.platform-pool { size = 5, max-overflow = 7 }
            leasehold.userdata-pool { size = 1, max-overflow = 0, reserved = 0 }
            """;

    private static final String EXECUTED =
            "SELECT coalesce(sum(executed), 0) >= %d FROM leasehold.stat WHERE type = '" + TYPE + "'";

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(5);

    /** Tasks of a fill are due so long after its start, and later by the time that their number may take. */
    private static final Duration FILL_MARGIN = Duration.ofSeconds(4);

    private static final int FILL_PER_SECOND_MIN = 8_000;

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final BenchDatabase database;
    private final Arrivals arrivals;
    private @Nullable Running running;
    private @Nullable Instant filledUntil;

    /** What was started. */
    private record Running(ActorSystem<Void> system, Pools pools, Engine engine) {}

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
        settings.put("insert", "Engine.create, " + CREATE_BATCH + " tasks a transaction");
        return settings;
    }

    @Override
    public void install() {
        Migrations.migratePlatform(database.url(), database.owner(), database.password());
    }

    /** They become due in a moment, and {@link #close} waits for it: a node that is up would start them at once. */
    @Override
    public void fill(int first, int count) throws Exception {
        Instant due = Instant.now().plus(FILL_MARGIN).plusSeconds(count / FILL_PER_SECOND_MIN);
        create(first, count, due);
        filledUntil = due;
    }

    @Override
    public void fillFuture(int count) throws Exception {
        create(0, count, Instant.now().plus(365, ChronoUnit.DAYS));
    }

    private void create(int first, int count, Instant due) throws Exception {
        Engine engine = running().engine();
        for (int from = first; from < first + count; from += CREATE_BATCH) {
            List<TaskSpec> specs = IntStream.range(from, Math.min(from + CREATE_BATCH, first + count))
                    .mapToObj(task -> TaskSpec.of(TYPE, new Payload(task)).dueAt(due))
                    .toList();
            get(engine.create(specs));
        }
    }

    @Override
    public void begin() throws Exception {
        running();
    }

    @Override
    public void enqueue(int task) throws Exception {
        get(running().engine().create(List.of(TaskSpec.of(TYPE, new Payload(task)))));
    }

    @Override
    public boolean isDrained(Statement observer, int tasks) throws SQLException {
        return Contender.isTrue(observer, EXECUTED.formatted(tasks));
    }

    @Override
    public void close() {
        Running stopping = running;
        if (stopping == null) {
            return;
        }
        running = null;
        try {
            get(stopping.engine().drain(DRAIN_LIMIT));
            get(stopping.engine().stop());
            get(stopping.pools().close(DRAIN_LIMIT));
            stopping.system().terminate();
            get(stopping.system().getWhenTerminated());
            awaitDue();
        } catch (Exception e) {
            throw new IllegalStateException("Leasehold does not stop", e);
        }
    }

    private void awaitDue() throws InterruptedException {
        Instant until = filledUntil;
        if (until == null) {
            return;
        }
        if (arrivals.count() > 0) {
            throw new IllegalStateException("tasks were due before all were put in; raise the margin");
        }
        Thread.sleep(Math.max(0, Duration.between(Instant.now(), until).toMillis()));
    }

    private Running running() throws Exception {
        Running started = running;
        if (started == null) {
            started = start();
            running = started;
        }
        return started;
    }

    private Running start() throws Exception {
        String incarnation = "bench-" + NUMBER.incrementAndGet() + "-"
                + ProcessHandle.current().pid();
        Config config = ConfigFactory.parseString(SIZES)
                .withFallback(ConfigFactory.parseString("akka.actor.provider = local"))
                .withFallback(ConfigFactory.load())
                .resolve();
        CompletableFuture<Pools> pools = new CompletableFuture<>();
        CompletableFuture<Engine> engine = new CompletableFuture<>();
        ActorSystem<Void> system = ActorSystem.create(
                Behaviors.setup(context -> {
                    RevokedLeaseLog revoked = new RevokedLeaseLog(incarnation);
                    SimpleMeterRegistry registry = new SimpleMeterRegistry();
                    Pools own = Pools.start(context, poolsSetup(incarnation, config, registry, revoked));
                    context.spawn(
                            EngineActor.create(engineSetup(incarnation, config, registry, revoked, own), engine),
                            "engine");
                    pools.complete(own);
                    return Behaviors.empty();
                }),
                "bench",
                config);
        Running started = new Running(system, get(pools), get(engine));
        get(started.engine().ready());
        return started;
    }

    private Pools.Setup poolsSetup(
            String incarnation, Config config, SimpleMeterRegistry registry, RevokedLeaseLog revoked) {
        DatabaseAddress address = new DatabaseAddress(database.url(), database.owner(), database.password());
        return new Pools.Setup(
                incarnation,
                LeaseSettings.from(config),
                Map.of(
                        PoolName.PLATFORM, PoolSettings.from(config, PoolName.PLATFORM),
                        PoolName.USERDATA, PoolSettings.from(config, PoolName.USERDATA)),
                Map.of(PoolName.PLATFORM, address, PoolName.USERDATA, address),
                registry,
                Clock.systemUTC(),
                Ticker.SYSTEM,
                revoked);
    }

    private EngineSetup engineSetup(
            String incarnation, Config config, SimpleMeterRegistry registry, RevokedLeaseLog revoked, Pools pools) {
        return new EngineSetup(
                incarnation,
                "bench",
                "local",
                EngineSettings.from(config),
                new TypeRegistry(List.of(new NoOp(arrivals))),
                pools.leases(),
                pools.control(PoolName.PLATFORM),
                Map.of(
                        PoolName.PLATFORM, pools.guardian(PoolName.PLATFORM),
                        PoolName.USERDATA, pools.guardian(PoolName.USERDATA)),
                true,
                List.of(),
                revoked,
                registry,
                Clock.systemUTC(),
                Ticker.SYSTEM);
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }
}
