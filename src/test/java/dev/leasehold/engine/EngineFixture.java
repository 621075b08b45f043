package dev.leasehold.engine;

import akka.Done;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.leasehold.engine.run.TypeRegistry;
import dev.leasehold.lease.DatabaseAddress;
import dev.leasehold.lease.LeaseSettings;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.PoolSettings;
import dev.leasehold.lease.Pools;
import dev.leasehold.lease.Ticker;
import dev.leasehold.store.Migrations;
import dev.leasehold.store.Runs;
import dev.leasehold.store.TaskRow;
import dev.leasehold.store.Tasks;
import dev.leasehold.task.EventSubscriber;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.testing.TestPostgres;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A node's engine and pools on a database of their own, without cluster and HTTP. */
final class EngineFixture implements AutoCloseable {

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final TestPostgres.Database database;
    private final ActorSystem<Void> system;
    private final Pools pools;
    private final Engine engine;
    private final String incarnation;
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private record Started(Pools pools, CompletableFuture<Engine> engine) {}

    /** A fresh database with one engine on it. */
    static EngineFixture start(String settings, List<? extends TaskHandler<?>> handlers) {
        TestPostgres.Database database = TestPostgres.freshDatabase();
        Migrations.migratePlatform(database.url(), database.user(), database.password());
        return new EngineFixture(database, settings, handlers, List.of());
    }

    /** A fresh database with one engine on it, whose application wants events. */
    static EngineFixture start(
            String settings, List<? extends TaskHandler<?>> handlers, List<EventSubscriber> subscribers) {
        TestPostgres.Database database = TestPostgres.freshDatabase();
        Migrations.migratePlatform(database.url(), database.user(), database.password());
        return new EngineFixture(database, settings, handlers, List.of(), subscribers);
    }

    /** Another engine on a database that has one, or had. */
    static EngineFixture on(TestPostgres.Database database, String settings, List<? extends TaskHandler<?>> handlers) {
        return new EngineFixture(database, settings, handlers, List.of());
    }

    static EngineFixture restoring(List<RestorationStep> steps, List<? extends TaskHandler<?>> handlers) {
        TestPostgres.Database database = TestPostgres.freshDatabase();
        Migrations.migratePlatform(database.url(), database.user(), database.password());
        return new EngineFixture(database, "", handlers, steps);
    }

    private EngineFixture(
            TestPostgres.Database database,
            String settings,
            List<? extends TaskHandler<?>> handlers,
            List<RestorationStep> steps) {
        this(database, settings, handlers, steps, List.of());
    }

    private EngineFixture(
            TestPostgres.Database database,
            String settings,
            List<? extends TaskHandler<?>> handlers,
            List<RestorationStep> steps,
            List<EventSubscriber> subscribers) {
        this.database = database;
        this.incarnation = "test-" + NUMBER.incrementAndGet();
        Config config = ConfigFactory.parseString(settings)
                .withFallback(ConfigFactory.parseString("""
                        akka.loglevel = WARNING
                        akka.scheduler.tick-duration = 1ms
                        leasehold.engine.lanes.server-grace = 0s
                        """))
                .withFallback(ConfigFactory.defaultReferenceUnresolved())
                .resolve();
        CompletableFuture<Started> started = new CompletableFuture<>();
        system = ActorSystem.create(
                Behaviors.setup(context -> {
                    DatabaseAddress address = new DatabaseAddress(database.url(), database.user(), database.password());
                    RevokedLeaseLog revoked = new RevokedLeaseLog(incarnation);
                    Pools own = Pools.start(
                            context,
                            new Pools.Setup(
                                    incarnation,
                                    LeaseSettings.from(config),
                                    Map.of(
                                            PoolName.PLATFORM, PoolSettings.from(config, PoolName.PLATFORM),
                                            PoolName.USERDATA, PoolSettings.from(config, PoolName.USERDATA)),
                                    Map.of(PoolName.PLATFORM, address, PoolName.USERDATA, address),
                                    registry,
                                    Clock.systemUTC(),
                                    Ticker.SYSTEM,
                                    revoked));
                    CompletableFuture<Engine> face = new CompletableFuture<>();
                    context.spawn(
                            EngineActor.create(
                                    new EngineSetup(
                                            incarnation,
                                            "test",
                                            context.getSystem().address().hostPort(),
                                            EngineSettings.from(config),
                                            new TypeRegistry(handlers),
                                            own.leases(),
                                            own.control(PoolName.PLATFORM),
                                            Map.of(
                                                    PoolName.PLATFORM, own.guardian(PoolName.PLATFORM),
                                                    PoolName.USERDATA, own.guardian(PoolName.USERDATA)),
                                            true,
                                            steps,
                                            revoked,
                                            registry,
                                            Clock.systemUTC(),
                                            Ticker.SYSTEM,
                                            subscribers),
                                    face),
                            "engine");
                    started.complete(new Started(own, face));
                    return Behaviors.empty();
                }),
                "engine-test",
                config);
        pools = get(started).pools();
        engine = get(get(started).engine());
    }

    EngineFixture awaitReady() {
        get(engine.ready().toCompletableFuture());
        return this;
    }

    Engine engine() {
        return engine;
    }

    Pools pools() {
        return pools;
    }

    TestPostgres.Database database() {
        return database;
    }

    SimpleMeterRegistry registry() {
        return registry;
    }

    String incarnation() {
        return incarnation;
    }

    long create(TaskSpec spec) {
        return get(engine.create(List.of(spec)).toCompletableFuture()).get(0).id();
    }

    List<Tasks.Created> create(List<TaskSpec> specs) {
        return get(engine.create(specs).toCompletableFuture());
    }

    /** All attempts of a task that have ended, the first one first. */
    List<Runs.Row> runs(long task) {
        return read(connection -> {
            List<Runs.Row> rows = new java.util.ArrayList<>(
                    Runs.list(connection, new Runs.Filter(task, null, null, null, null, 1000)));
            java.util.Collections.reverse(rows);
            return rows;
        });
    }

    Optional<TaskRow> task(long id) {
        return read(connection -> Tasks.get(connection, id));
    }

    long count(String sql) {
        return read(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(sql)) {
                row.next();
                return row.getLong(1);
            }
        });
    }

    Optional<String> text(String sql) {
        return read(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(sql)) {
                return row.next() ? Optional.ofNullable(row.getString(1)) : Optional.empty();
            }
        });
    }

    interface Reading<T> {
        T apply(Connection connection) throws SQLException;
    }

    <T> T read(Reading<T> reading) {
        try (Connection connection = database.connect()) {
            return reading.apply(connection);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    void execute(String sql) {
        try {
            database.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Ends the actor of each run of a type, as a fault of ours would. */
    void killRunsOf(String type) {
        akka.actor.typed.javadsl.Adapter.toClassic(system)
                .actorSelection("/user/engine/type-" + type + "/run-*")
                .tell(akka.actor.Kill.getInstance(), akka.actor.ActorRef.noSender());
    }

    /** From here on the database takes nobody in, and those who were in are out. */
    void outage() {
        String name = database.user();
        try (Connection admin = TestPostgres.superuser();
                Statement statement = admin.createStatement()) {
            statement.execute("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false");
            statement.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The database is back. */
    void outageIsOver() {
        try (Connection admin = TestPostgres.superuser();
                Statement statement = admin.createStatement()) {
            statement.execute("ALTER DATABASE " + database.user() + " ALLOW_CONNECTIONS true");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    static <T> T get(CompletableFuture<T> future) {
        try {
            return future.get(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** As a node stops. */
    void stop() {
        get(engine.drain(Duration.ofSeconds(2)).toCompletableFuture());
        get(engine.stop().toCompletableFuture());
        close();
    }

    /** As a node dies, but for the process: nothing is flushed or given back. */
    @Override
    public void close() {
        CompletableFuture<Done> closed = pools.close(Duration.ZERO).toCompletableFuture();
        get(closed);
        system.terminate();
        get(system.getWhenTerminated().toCompletableFuture());
    }
}
