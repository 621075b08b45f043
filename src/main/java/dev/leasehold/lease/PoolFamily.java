package dev.leasehold.lease;

import akka.Done;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import dev.leasehold.lease.ledger.Epoch;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Guardian, opener, undertaker, bridge and control connection of one pool: siblings, so that none falls with another. */
final class PoolFamily {

    private static final Logger LOG = LoggerFactory.getLogger(PoolFamily.class);

    private static final int CHORE_THREADS = 16;
    private static final int CHORES_WAITING_MAX = 10_000;
    private static final Duration RESTART_MIN = Duration.ofMillis(100);
    private static final Duration RESTART_MAX = Duration.ofSeconds(5);
    private static final double RESTART_JITTER = 0.2;
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);
    private static final CoordinatedShutdown.Reason BROKEN = new CoordinatedShutdown.Reason() {
        @Override
        public String toString() {
            return "a pool's guardian fails again and again";
        }
    };

    private final PoolEstate estate;
    private final ActorRef<PoolGuardian.Command> guardian;
    private final LeaseBridge.Port port;
    private final DatabaseAddress database;

    private PoolFamily(
            PoolEstate estate,
            ActorRef<PoolGuardian.Command> guardian,
            LeaseBridge.Port port,
            DatabaseAddress database) {
        this.estate = estate;
        this.guardian = guardian;
        this.port = port;
        this.database = database;
    }

    static PoolFamily start(ActorContext<?> context, Pools.Setup setup, PoolName name, ExecutorService workers) {
        PoolSettings settings = Pools.settings(setup, name);
        DatabaseAddress database = setup.databases().get(name);
        if (database == null) {
            throw new IllegalArgumentException("no database for pool " + name.label());
        }
        Epoch epoch = new Epoch();
        ServerAddress address = new ServerAddress(database, setup.lease(), name, setup.nodeUid(), epoch);
        PoolControl control = new PoolControl(address, name, setup.ticker());
        PoolEstate estate = new PoolEstate(
                settings,
                setup.lease(),
                setup.nodeUid(),
                setup.ticker(),
                setup.clock(),
                epoch,
                control,
                new HikariSource(settings, setup.lease(), address),
                new PoolMetrics(setup.registry(), name),
                chores(name),
                setup.onRevoked());
        String label = name.label();
        ActorRef<Opener.Command> opener =
                context.spawn(Behaviors.supervise(Opener.create(estate)).onFailure(restart()), label + "-opener");
        ActorRef<Undertaker.Command> undertaker = context.spawn(
                Behaviors.supervise(Undertaker.create(estate)).onFailure(SupervisorStrategy.resume()),
                label + "-undertaker");
        // Without a pause: what comes during one is stashed, and lost when the next start fails too.
        ActorRef<PoolGuardian.Command> guardian = context.spawn(
                Behaviors.supervise(guardian(estate, opener, undertaker)).onFailure(SupervisorStrategy.restart()),
                label + "-guardian");
        ActorRef<LeaseEvent> bridge = context.spawn(
                Behaviors.supervise(LeaseBridge.create(estate.errands())).onFailure(SupervisorStrategy.resume()),
                label + "-bridge");
        estate.setBridge(bridge);
        control.start(facts -> {
            estate.setFacts(facts);
            if (setup.lease().reset() == LeaseSettings.Reset.WHEN_NEEDED) {
                estate.schema().start(() -> guardian.tell(GuardianNews.Suspect.INSTANCE));
            }
            opener.tell(Opener.ServerUp.INSTANCE);
            guardian.tell(new GuardianNews.ServerAnswers(facts.startedAt()));
        });
        LOG.info(
                "pool {}: size {}, max overflow {}, recycle {}, timeout {}, database {}",
                label,
                settings.size(),
                settings.maxOverflow(),
                settings.recycle(),
                settings.timeout(),
                database);
        StackSampler stacks = new StackSampler(setup.lease().stackSampleEvery());
        return new PoolFamily(
                estate, guardian, new LeaseBridge.Port(guardian, bridge, estate, workers, stacks), database);
    }

    /** Of the pool's own, so that one pool's stuck server does not hold up the other's. */
    private static ExecutorService chores(PoolName name) {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor chores = new ThreadPoolExecutor(
                CHORE_THREADS,
                CHORE_THREADS,
                30,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(CHORES_WAITING_MAX),
                task -> {
                    Thread thread =
                            new Thread(task, "leasehold-chore-" + name.label() + "-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        chores.allowCoreThreadTimeOut(true);
        return chores;
    }

    /** One that fails again and again stops the node, which is of no use without it; others start another node. */
    private static Behavior<PoolGuardian.Command> guardian(
            PoolEstate estate, ActorRef<Opener.Command> opener, ActorRef<Undertaker.Command> undertaker) {
        return Behaviors.setup(context -> {
            if (estate.orders().mayLive(estate.ticker().nanos())) {
                return PoolGuardian.create(estate, opener, undertaker);
            }
            LOG.error(
                    "guardian of {} fails again and again; the node stops",
                    estate.pool().name().label());
            CoordinatedShutdown.get(context.getSystem()).runAll(BROKEN);
            return Behaviors.stopped();
        });
    }

    private static SupervisorStrategy restart() {
        return SupervisorStrategy.restartWithBackoff(RESTART_MIN, RESTART_MAX, RESTART_JITTER);
    }

    ActorRef<PoolGuardian.Command> guardian() {
        return guardian;
    }

    /** The other pool of the node: work may hold leases of both. */
    void meet(PoolFamily other) {
        estate.setNeighbour(new PoolEstate.Neighbour(other.estate, other.guardian));
    }

    LeaseBridge.Port port() {
        return port;
    }

    @Nullable
    Desk desk() {
        return estate.desk();
    }

    SchemaWatch schema() {
        return estate.schema();
    }

    PoolControl control() {
        return estate.control();
    }

    int zombies() {
        return estate.zombies();
    }

    int remembered() {
        return estate.remembered() + estate.errands().waiting();
    }

    CompletionStage<Done> ready(Duration limit) {
        return estate.control()
                .firstFacts()
                .copy()
                .orTimeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                .handle((facts, failure) -> {
                    if (failure != null) {
                        throw new LeaseException(
                                LeaseException.Kind.DOWN,
                                "database of pool " + estate.pool().name().label() + " not reached within " + limit
                                        + ": " + database + why(),
                                estate.control().lastFailure());
                    }
                    return Done.getInstance();
                });
    }

    private String why() {
        Exception failure = estate.control().lastFailure();
        return failure == null ? "" : ": " + failure.getMessage();
    }

    CompletionStage<Done> close(ActorSystem<?> system, Duration patience) {
        return AskPattern.<PoolGuardian.Command, PoolGuardian.Closed>ask(
                        guardian,
                        replyTo -> new PoolGuardian.Close(patience, replyTo),
                        patience.plus(CLOSE_LIMIT),
                        system.scheduler())
                .handle((closed, failure) -> {
                    if (failure != null) {
                        LOG.warn(
                                "pool {} closes with backends that were not seen gone",
                                estate.pool().name().label());
                    }
                    return Done.getInstance();
                })
                .thenApplyAsync(done -> {
                    estate.schema().stop();
                    estate.source().close();
                    estate.control().close();
                    return done;
                });
    }
}
