package dev.leasehold.bench;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.SpawnProtocol;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.leasehold.lease.DatabaseAddress;
import dev.leasehold.lease.LeaseSettings;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.PoolSettings;
import dev.leasehold.lease.Pools;
import dev.leasehold.lease.RevokedLease;
import dev.leasehold.lease.Ticker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** Leasehold's pools alone, without a node around them, with the settings they ship with but for their size. */
final class LeasePools implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final Duration READY_LIMIT = Duration.ofSeconds(30);

    private final ActorSystem<SpawnProtocol.Command> system;
    private final Pools pools;
    private final List<RevokedLease> revoked;

    private LeasePools(ActorSystem<SpawnProtocol.Command> system, Pools pools, List<RevokedLease> revoked) {
        this.system = system;
        this.pools = pools;
        this.revoked = revoked;
    }

    static LeasePools start(BenchDatabase database, int size, int maxOverflow) {
        Config config = ConfigFactory.parseString("akka.actor.provider = local")
                .withFallback(ConfigFactory.load())
                .resolve();
        DatabaseAddress address = new DatabaseAddress(database.url(), database.owner(), database.password());
        Map<PoolName, PoolSettings> sizes = new EnumMap<>(PoolName.class);
        Map<PoolName, DatabaseAddress> databases = new EnumMap<>(PoolName.class);
        for (PoolName name : PoolName.values()) {
            PoolSettings shipped = PoolSettings.from(config, name);
            sizes.put(name, new PoolSettings(name, size, maxOverflow, shipped.recycle(), shipped.timeout(), 0));
            databases.put(name, address);
        }
        List<RevokedLease> revoked = new CopyOnWriteArrayList<>();
        Pools.Setup setup = new Pools.Setup(
                "bench",
                LeaseSettings.from(config),
                sizes,
                databases,
                new SimpleMeterRegistry(),
                Clock.systemUTC(),
                Ticker.SYSTEM,
                revoked::add);
        CompletableFuture<Pools> started = new CompletableFuture<>();
        ActorSystem<SpawnProtocol.Command> system = ActorSystem.create(
                Behaviors.setup(context -> {
                    started.complete(Pools.start(context, setup));
                    return SpawnProtocol.create();
                }),
                "bench-leases",
                config);
        Pools pools = started.join();
        for (PoolName name : PoolName.values()) {
            pools.ready(name, READY_LIMIT).toCompletableFuture().join();
        }
        return new LeasePools(system, pools, revoked);
    }

    ActorSystem<SpawnProtocol.Command> system() {
        return system;
    }

    Pools pools() {
        return pools;
    }

    /** All leases that were taken back so far. */
    List<RevokedLease> revoked() {
        return revoked;
    }

    @Override
    public void close() {
        pools.close(PATIENCE).toCompletableFuture().join();
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().join();
    }
}
