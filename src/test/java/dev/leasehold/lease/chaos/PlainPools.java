package dev.leasehold.lease.chaos;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.leasehold.lease.DatabaseAddress;
import dev.leasehold.lease.LeaseSettings;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.PoolSettings;
import dev.leasehold.lease.Pools;
import dev.leasehold.lease.Ticker;
import dev.leasehold.testing.TestPostgres.Database;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Both pools of a node on one database, and the actor system they live in. */
final class PlainPools implements AutoCloseable {

    private final ActorTestKit kit = ActorTestKit.create();
    private final Pools pools;

    PlainPools(Database database, String overrides) {
        this(new DatabaseAddress(database.url(), database.user(), database.password()), overrides, Clock.systemUTC());
    }

    PlainPools(DatabaseAddress address, String overrides, Clock clock) {
        Config config = ConfigFactory.parseString(overrides)
                .withFallback(ConfigFactory.load())
                .resolve();
        Map<PoolName, PoolSettings> settings = new EnumMap<>(PoolName.class);
        Map<PoolName, DatabaseAddress> databases = new EnumMap<>(PoolName.class);
        for (PoolName name : PoolName.values()) {
            settings.put(name, PoolSettings.from(config, name));
            databases.put(name, address);
        }
        Pools.Setup setup = new Pools.Setup(
                "chaos",
                LeaseSettings.from(config),
                settings,
                databases,
                new SimpleMeterRegistry(),
                clock,
                Ticker.SYSTEM,
                record -> {});
        CompletableFuture<Pools> started = new CompletableFuture<>();
        kit.spawn(
                Behaviors.<String>setup(context -> {
                    started.complete(Pools.start(context, setup));
                    return Behaviors.empty();
                }),
                "pools");
        pools = started.join();
    }

    Pools pools() {
        return pools;
    }

    ActorTestKit kit() {
        return kit;
    }

    @Override
    public void close() {
        pools.close(Duration.ofSeconds(1)).toCompletableFuture().join();
        kit.shutdownTestKit();
    }
}
