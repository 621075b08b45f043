package dev.leasehold.lease;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A process with pools, whose clock throws an OutOfMemoryError once it is told to on its standard input. */
final class FatalNode {

    private static volatile boolean full;

    private FatalNode() {}

    private static long nanos() {
        if (full && Thread.currentThread().getName().contains("dispatcher")) {
            throw new OutOfMemoryError("as if");
        }
        return System.nanoTime();
    }

    public static void main(String[] arguments) throws Exception {
        Config config = ConfigFactory.load();
        Map<PoolName, PoolSettings> settings = new EnumMap<>(PoolName.class);
        Map<PoolName, DatabaseAddress> databases = new EnumMap<>(PoolName.class);
        for (PoolName name : PoolName.values()) {
            settings.put(name, PoolSettings.from(config, name));
            databases.put(name, new DatabaseAddress(arguments[0], arguments[1], arguments[2]));
        }
        Pools.Setup setup = new Pools.Setup(
                "fatal",
                LeaseSettings.from(config),
                settings,
                databases,
                new SimpleMeterRegistry(),
                Clock.systemUTC(),
                FatalNode::nanos,
                record -> {});
        CompletableFuture<Pools> started = new CompletableFuture<>();
        ActorSystem.create(
                Behaviors.<String>setup(context -> {
                    started.complete(Pools.start(context, setup));
                    return Behaviors.empty();
                }),
                "fatal",
                config);
        Pools pools = started.join();
        pools.leases()
                .run(
                        PoolName.USERDATA,
                        LeaseClass.TASK,
                        Holder.named("sleeper"),
                        Hold.atMost(Duration.ofSeconds(60)),
                        connection -> {
                            System.out.println("\nasleep");
                            System.out.flush();
                            return connection.createStatement().execute("SELECT pg_sleep(50)");
                        });
        System.in.read();
        full = true;
        pools.status(PoolName.USERDATA).toCompletableFuture().join();
    }
}
