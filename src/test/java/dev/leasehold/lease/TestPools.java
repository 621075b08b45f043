package dev.leasehold.lease;

import akka.actor.CoordinatedShutdown;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.FishingOutcomes;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.leasehold.lease.PoolGuardian.Acquire;
import dev.leasehold.testing.OwnPostgres;
import dev.leasehold.testing.TestPostgres;
import dev.leasehold.testing.TestPostgres.Database;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Both pools on a database of their own, with an observer outside of them. */
final class TestPools implements AutoCloseable {

    static final Holder HOLDER = new Holder("akka://test/user/run-1", "task-1", "run-1", "demo-leak", "default");

    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final Duration LIMIT = Duration.ofSeconds(20);

    final Database database;
    final ActorTestKit kit;
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final List<RevokedLease> revoked = new CopyOnWriteArrayList<>();
    final String nodeUid = "node" + NUMBER.incrementAndGet();
    final Pools.Setup setup;
    final Pools pools;
    private final Ground ground;
    private @Nullable Connection observer;
    private boolean closed;

    /** Opens a connection. */
    interface Opening {
        Connection open() throws SQLException;
    }

    /** Where pools stand and by which clocks they live. */
    record Ground(Database database, Opening superuser, Ticker ticker, Clock clock) {

        /** The server of all tests and the machine's clocks. */
        static Ground common() {
            return new Ground(TestPostgres.freshDatabase(), TestPostgres::superuser, Ticker.SYSTEM, Clock.systemUTC());
        }

        /** A server that the test may kill. */
        static Ground of(OwnPostgres server) {
            try {
                return new Ground(server.freshDatabase(), server::superuser, Ticker.SYSTEM, Clock.systemUTC());
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        Ground with(Ticker other, Clock wall) {
            return new Ground(database, superuser, other, wall);
        }
    }

    TestPools() {
        this("");
    }

    /** @param overrides settings above the defaults, as in a configuration file */
    TestPools(String overrides) {
        this(overrides, Function.identity());
    }

    /** @param way from the database's own URL to the one that the pools use, for instance over a proxy */
    TestPools(String overrides, Function<String, String> way) {
        this(overrides, way, Ground.common());
    }

    TestPools(String overrides, Function<String, String> way, Ground ground) {
        this.ground = ground;
        this.database = ground.database();
        Config config = ConfigFactory.parseString(overrides)
                .withFallback(ConfigFactory.load())
                .resolve();
        kit = ActorTestKit.create("pools-" + nodeUid, config);
        Map<PoolName, PoolSettings> settings = new EnumMap<>(PoolName.class);
        Map<PoolName, DatabaseAddress> databases = new EnumMap<>(PoolName.class);
        for (PoolName name : PoolName.values()) {
            settings.put(name, PoolSettings.from(config, name));
            databases.put(name, new DatabaseAddress(way.apply(database.url()), database.user(), database.password()));
        }
        setup = new Pools.Setup(
                nodeUid,
                LeaseSettings.from(config),
                settings,
                databases,
                registry,
                ground.clock(),
                ground.ticker(),
                revoked::add);
        pools = start().join();
    }

    private synchronized Connection observer() throws SQLException {
        Connection open = observer;
        if (open == null || !open.isValid(5)) {
            open = ground.superuser().open();
            observer = open;
        }
        return open;
    }

    /** As a part of the node does that wants pools. */
    CompletableFuture<Pools> start() {
        CompletableFuture<Pools> started = new CompletableFuture<>();
        kit.spawn(Behaviors.<String>setup(context -> {
            started.complete(Pools.start(context, setup));
            return Behaviors.receive(String.class)
                    .onMessageEquals("stop", Behaviors::stopped)
                    .build();
        }));
        return started;
    }

    /** A probe that is owner and receiver at once. */
    TestProbe<LeaseEvent> owner() {
        return kit.createTestProbe(LeaseEvent.class);
    }

    /** Asks for a lease as an actor does. */
    long acquire(TestProbe<LeaseEvent> owner, Duration hold) {
        return acquire(PoolName.USERDATA, owner.getRef(), owner.getRef(), 0, hold, "", Duration.ofSeconds(10));
    }

    long acquire(
            PoolName pool,
            ActorRef<?> owner,
            ActorRef<LeaseEvent> replyTo,
            long life,
            Duration hold,
            String scope,
            Duration wait) {
        long id = PoolGuardian.nextRequestId();
        pools.guardian(pool)
                .tell(new Acquire(id, owner, life, replyTo, LeaseClass.TASK, Hold.atMost(hold), HOLDER, scope, wait));
        return id;
    }

    /** A lease of the user-data pool, claimed. */
    Lease lease(TestProbe<LeaseEvent> owner, Duration hold) {
        acquire(owner, hold);
        Lease lease = owner.expectMessageClass(LeaseEvent.Granted.class, LIMIT).lease();
        lease.claim();
        return lease;
    }

    /** Skips grants and warnings. */
    static LeaseEvent.LeaseRevoked expectRevoked(TestProbe<LeaseEvent> owner) {
        return expect(owner, LeaseEvent.LeaseRevoked.class);
    }

    /** The next event of this kind; others before it are skipped. */
    static <E extends LeaseEvent> E expect(TestProbe<LeaseEvent> owner, Class<E> kind) {
        List<LeaseEvent> found = owner.fishForMessage(
                LIMIT,
                event -> kind.isInstance(event) ? FishingOutcomes.complete() : FishingOutcomes.continueAndIgnore());
        return kind.cast(found.get(found.size() - 1));
    }

    <T> T run(SqlWork<T> work) throws Exception {
        return get(pools.leases()
                .run(PoolName.USERDATA, LeaseClass.TASK, HOLDER, Hold.atMost(Duration.ofSeconds(30)), work));
    }

    PoolStatus status(PoolName pool) {
        return pools.status(pool)
                .toCompletableFuture()
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }

    PoolStatus status() {
        return status(PoolName.USERDATA);
    }

    /** Client backends of this node, as the server counts them; a LIKE pattern for what follows the node's uid. */
    int backends(String rest) {
        String sql = """
                SELECT count(*) FROM pg_stat_activity
                WHERE backend_type = 'client backend' AND application_name LIKE ?
                """;
        synchronized (this) {
            try (PreparedStatement statement = observer().prepareStatement(sql)) {
                statement.setString(1, "leasehold:" + nodeUid + ":" + rest);
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    return row.getInt(1);
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    int pooledBackends() {
        return backends("%userdata");
    }

    boolean isStanding(int pid) throws SQLException {
        synchronized (this) {
            try (PreparedStatement statement =
                    observer().prepareStatement("SELECT count(*) FROM pg_stat_activity WHERE pid = ?")) {
                statement.setInt(1, pid);
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    return row.getInt(1) > 0;
                }
            }
        }
    }

    void terminate(String rest) throws SQLException {
        synchronized (this) {
            try (PreparedStatement statement = observer()
                    .prepareStatement(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE ?")) {
                statement.setString(1, "leasehold:" + nodeUid + ":" + rest);
                statement.execute();
            }
        }
    }

    static <T> T get(CompletionStage<T> stage) throws Exception {
        try {
            return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    /** Work on a thread of its own, as handlers do. */
    static CompletableFuture<Object> onOwnThread(
            java.util.concurrent.Callable<?> work, AtomicReference<Thread> thread) {
        CompletableFuture<Object> done = new CompletableFuture<>();
        Thread worker = new Thread(() -> {
            try {
                done.complete(work.call());
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        worker.setDaemon(true);
        thread.set(worker);
        worker.start();
        return done;
    }

    static CompletableFuture<Object> onOwnThread(java.util.concurrent.Callable<?> work) {
        return onOwnThread(work, new AtomicReference<>());
    }

    void closePools(Duration patience) {
        closed = true;
        pools.close(patience)
                .toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }

    /** Closed by the end of its actor system, as a node's are. */
    void closeWithSystem() {
        closed = true;
        CoordinatedShutdown.get(kit.system())
                .addTask(
                        CoordinatedShutdown.PhaseBeforeActorSystemTerminate(),
                        "close-pools",
                        () -> pools.close(Duration.ZERO));
    }

    @Override
    public void close() throws SQLException {
        if (!closed) {
            closePools(Duration.ZERO);
        }
        kit.shutdownTestKit();
        Connection open = observer;
        if (open != null) {
            open.close();
        }
    }
}
