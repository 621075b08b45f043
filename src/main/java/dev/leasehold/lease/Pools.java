package dev.leasehold.lease;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Extension;
import akka.actor.typed.ExtensionId;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.AskPattern;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Both pools of a node: starts their families of actors, and is the way to them for everybody else. No connection is made
 * before {@link #start}; {@link #ready} tells when each database has answered.
 */
public final class Pools {

    /** What a node gives its pools. */
    public record Setup(
            String nodeUid,
            LeaseSettings lease,
            Map<PoolName, PoolSettings> pools,
            Map<PoolName, DatabaseAddress> databases,
            MeterRegistry registry,
            Clock clock,
            Ticker ticker,
            Consumer<RevokedLease> onRevoked) {}

    /** Threads for work that never came back, beyond one for each permit. */
    static final int ZOMBIES_MAX = 64;

    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);

    private final ActorSystem<?> system;
    private final Map<PoolName, DatabaseAddress> databases;
    private final Map<PoolName, PoolFamily> families = new EnumMap<>(PoolName.class);
    private final ThreadPoolExecutor workers;

    /**
     * Starts both pools under the calling actor; called from within it, for instance in its setup. A node has its pools
     * once: whoever asks again, on whatever actor of the same system, gets those that are there.
     *
     * @throws IllegalStateException when those are on other databases
     */
    public static Pools start(ActorContext<?> context, Setup setup) {
        return Once.ID.apply(context.getSystem()).get(context, setup);
    }

    private Pools(ActorContext<?> context, Setup setup) {
        this.system = context.getSystem();
        this.databases = Map.copyOf(setup.databases());
        int permits = 0;
        for (PoolName name : PoolName.values()) {
            permits += settings(setup, name).max();
        }
        AtomicInteger number = new AtomicInteger();
        this.workers = new ThreadPoolExecutor(
                0, permits + ZOMBIES_MAX, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                    Thread thread = new Thread(task, "leasehold-jdbc-" + number.incrementAndGet());
                    thread.setDaemon(true); // one that never comes back must not hold up the stop
                    return thread;
                });
        for (PoolName name : PoolName.values()) {
            families.put(name, PoolFamily.start(context, setup, name, workers));
        }
        family(PoolName.PLATFORM).meet(family(PoolName.USERDATA));
        family(PoolName.USERDATA).meet(family(PoolName.PLATFORM));
    }

    static PoolSettings settings(Setup setup, PoolName name) {
        PoolSettings settings = setup.pools().get(name);
        if (settings == null) {
            throw new IllegalArgumentException("no settings for pool " + name.label());
        }
        return settings;
    }

    private PoolFamily family(PoolName pool) {
        PoolFamily family = families.get(pool);
        if (family == null) {
            throw new IllegalStateException("pools were not started");
        }
        return family;
    }

    /** For actors: they ask it with {@link PoolGuardian.Acquire}. */
    public ActorRef<PoolGuardian.Command> guardian(PoolName pool) {
        return family(pool).guardian();
    }

    /** For everybody else. */
    public Leases leases() {
        return new Leases() {
            @Override
            public <T> CompletionStage<T> run(
                    PoolName pool, LeaseClass leaseClass, Holder holder, Hold hold, SqlWork<T> work) {
                return family(pool).port().send(leaseClass, holder, hold, lease -> lease.run(work));
            }

            @Override
            public <T> CompletionStage<T> inTransaction(
                    PoolName pool, LeaseClass leaseClass, Holder holder, Hold hold, SqlWork<T> work) {
                return family(pool).port().send(leaseClass, holder, hold, lease -> lease.inTransaction(work));
            }

            @Override
            public <T> T call(PoolName pool, LeaseClass leaseClass, Holder holder, Hold hold, SqlWork<T> work)
                    throws Exception {
                return family(pool).port().call(leaseClass, holder, hold, lease -> lease.run(work));
            }

            @Override
            public <T> T callInTransaction(
                    PoolName pool, LeaseClass leaseClass, Holder holder, Hold hold, SqlWork<T> work) throws Exception {
                return family(pool).port().call(leaseClass, holder, hold, lease -> lease.inTransaction(work));
            }

            @Override
            public <T> CompletionStage<T> joinTransaction(
                    PoolName pool, LeaseClass leaseClass, Holder holder, Hold hold, SqlWork<T> work) {
                Lease current = Lease.current();
                return current != null && current.isOf(guardian(pool)) && current.mayJoin(holder)
                        ? current.joined(work)
                        : inTransaction(pool, leaseClass, holder, hold, work);
            }
        };
    }

    public ControlConnection control(PoolName pool) {
        return family(pool).control();
    }

    /** Done once the pool's database has answered; fails with the cause when it did not within the limit. */
    public CompletionStage<Done> ready(PoolName pool, Duration limit) {
        return family(pool).ready(limit);
    }

    /** How a pool stands; takes no connection. */
    public CompletionStage<PoolStatus> status(PoolName pool) {
        return AskPattern.ask(guardian(pool), PoolGuardian.GetStatus::new, ANSWER_LIMIT, system.scheduler());
    }

    /** The pool's live leases, those being taken back included; takes no connection. */
    public CompletionStage<List<LiveLease>> liveLeases(PoolName pool) {
        CompletionStage<PoolGuardian.LiveLeases> answer =
                AskPattern.ask(guardian(pool), PoolGuardian.GetLeases::new, ANSWER_LIMIT, system.scheduler());
        return answer.thenApply(PoolGuardian.LiveLeases::leases);
    }

    /** Threads that are still inside work whose lease was taken back. */
    public int zombies() {
        int zombies = 0;
        for (PoolFamily family : families.values()) {
            zombies += family.zombies();
        }
        return zombies;
    }

    /** Leases and connections of the pool that somebody remembers, in whatever state; for tests of what is forgotten. */
    int remembered(PoolName pool) {
        return family(pool).remembered();
    }

    /** For tests: whether plain statements are trusted. */
    SchemaWatch schema(PoolName pool) {
        return family(pool).schema();
    }

    /** For tests of steps that fail there. */
    @Nullable
    Desk desk(PoolName pool) {
        return family(pool).desk();
    }

    /** First stage of a stop: only control leases from now on. */
    public void drain() {
        families.values().forEach(family -> family.guardian().tell(PoolGuardian.Drain.INSTANCE));
    }

    /**
     * Last stage: waits until no lease is out, at most so long, takes the rest back, closes all connections and sees their
     * backends gone; the control connections go last. The caller waits for it before the actor system ends.
     */
    public CompletionStage<Done> close(Duration patience) {
        List<CompletableFuture<Done>> all = new ArrayList<>();
        for (PoolFamily family : families.values()) {
            all.add(family.close(system, patience).toCompletableFuture());
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).handle((nothing, failure) -> {
            workers.shutdownNow();
            return Done.getInstance();
        });
    }

    /** What makes a second set of pools of one node impossible. */
    private static final class Once implements Extension {

        private static final ExtensionId<Once> ID = new ExtensionId<>() {
            @Override
            public Once createExtension(ActorSystem<?> system) {
                return new Once();
            }
        };

        private @Nullable Pools pools;

        private synchronized Pools get(ActorContext<?> context, Setup setup) {
            Pools known = pools;
            if (known == null) {
                known = new Pools(context, setup);
                pools = known;
            } else if (!known.databases.equals(setup.databases())) {
                throw new IllegalStateException(
                        "this node has its pools already, on other databases: " + known.databases.values());
            }
            return known;
        }
    }
}
