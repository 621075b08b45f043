package dev.leasehold.engine;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.ChildFailed;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import dev.leasehold.engine.cycle.CheckCycle;
import dev.leasehold.engine.cycle.CycleParts;
import dev.leasehold.engine.cycle.DatabaseClock;
import dev.leasehold.engine.cycle.RunStarter;
import dev.leasehold.engine.cycle.SessionCounters;
import dev.leasehold.engine.flush.Flush;
import dev.leasehold.engine.lane.LaneKeeper;
import dev.leasehold.engine.lane.NodeSession;
import dev.leasehold.engine.lane.OwnedLanes;
import dev.leasehold.engine.limit.SlotOffice;
import dev.leasehold.engine.outbox.OutboxRelay;
import dev.leasehold.engine.plan.Planner;
import dev.leasehold.engine.run.HandlerThreads;
import dev.leasehold.engine.run.RunBoard;
import dev.leasehold.engine.run.RunLedger;
import dev.leasehold.engine.run.RunParts;
import dev.leasehold.engine.run.TypeRegistry;
import dev.leasehold.engine.run.TypeSupervisor;
import dev.leasehold.engine.watch.PoolWatch;
import dev.leasehold.store.Subscriptions;
import dev.leasehold.task.EventSubscriber;
import io.micrometer.core.instrument.Gauge;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The parent of the engine's actors: wires them and ends with the first of them that fails, since what is in flight is known
 * to them alone.
 */
public final class EngineActor {

    /** What the engine's actor understands: nothing but its end. */
    public sealed interface Command {}

    /** After {@link Engine#stop}: the actors end. */
    enum End implements Command {
        INSTANCE
    }

    private EngineActor() {}

    /**
     * The engine, to be spawned by a node as {@code engine}.
     *
     * @param started completed with the engine's face as soon as its actors are there
     */
    public static Behavior<Command> create(EngineSetup setup, CompletableFuture<Engine> started) {
        return Behaviors.setup(context -> {
            context.setLoggerName(EngineActor.class);
            HandlerThreads threads = new HandlerThreads(
                    setup.settings().handlerThreads(), setup.settings().cycle().slots());
            started.complete(wire(context, setup, threads));
            return Behaviors.receive(Command.class)
                    .onMessageEquals(End.INSTANCE, Behaviors::stopped)
                    .onSignal(ChildFailed.class, failed -> {
                        context.getLog().error("{} has failed, the engine ends", failed.getRef(), failed.cause());
                        return Behaviors.stopped();
                    })
                    .onSignal(Terminated.class, ended -> Behaviors.same())
                    .onSignal(akka.actor.typed.PostStop.class, stop -> {
                        threads.close();
                        return Behaviors.same();
                    })
                    .build();
        });
    }

    private static Engine wire(ActorContext<Command> context, EngineSetup setup, HandlerThreads threads) {
        EngineSettings settings = setup.settings();
        DatabaseClock clock = new DatabaseClock(setup.ticker(), setup.clock().instant());
        OwnedLanes owned = new OwnedLanes();
        RunBoard board = new RunBoard();
        SessionCounters counters = new SessionCounters(setup.registry());
        EngineSwitch news = new EngineSwitch(counters);
        Planner planner = new Planner(settings.rules());
        Flush flush = flush(context.getSystem(), setup, owned, news);
        RunParts runs = runParts(setup, threads, flush, planner, board, news, clock);
        Map<String, ActorRef<TypeSupervisor.Command>> supervisors = new HashMap<>();
        Map<String, Integer> slots = new ConcurrentHashMap<>();
        for (TypeRegistry.Registered<?> type : setup.types().all()) {
            String name = type.type().name();
            supervisors.put(name, child(context, TypeSupervisor.create(runs, type), "type-" + name));
            slots.put(name, type.type().concurrency());
        }
        ActorRef<RunLedger.Command> ledger = child(context, RunLedger.create(setup.leases(), runs), "ledger");
        ActorRef<SlotOffice.Command> office = child(context, SlotOffice.create(setup.incarnation()), "slots");
        news.connectOffice(office);
        ActorRef<CheckCycle.Command> cycle = child(
                context,
                CheckCycle.create(new CycleParts(
                        setup.incarnation(),
                        setup.leases(),
                        setup.ticker(),
                        clock,
                        settings.cycle(),
                        slots,
                        new RunStarter(supervisors, flush, planner, clock),
                        ledger,
                        office,
                        threads,
                        counters)),
                "check-cycle");
        news.connect(cycle);
        TypeQuarantine quarantine = quarantine(context, setup, slots);
        news.connectQuarantine(quarantine);
        child(context, RuleWatch.create(setup.control(), setup.types().keyRates(), quarantine::told, cycle), "rules");
        List<ActorRef<OutboxRelay.Command>> relays = relays(context, setup);
        ActorRef<LaneKeeper.Command> lanes = child(context, laneKeeper(setup, owned, news), "lanes");
        news.connectLanes(lanes);
        news.connectRelays(relays);
        CompletableFuture<Done> restored = restore(setup, news);
        LocalEngine engine = new LocalEngine(
                setup,
                new LocalEngine.Inside(
                        context.getSystem(),
                        context.getSelf(),
                        cycle,
                        lanes,
                        flush,
                        threads,
                        board,
                        owned,
                        counters,
                        news,
                        clock,
                        restored));
        context.watch(
                context.spawn(Janitor.create(setup.leases(), settings, engine::changed, engine::madeUpTo), "janitor"));
        context.watch(context.spawn(StatFolder.create(setup.leases()), "stat-folder"));
        news.connectUnblocker(
                child(context, Unblocker.create(setup.leases(), setup.control(), engine::created), "unblocker"));
        watches(context, setup);
        return engine;
    }

    /** They change nothing that runs. */
    private static void watches(ActorContext<Command> context, EngineSetup setup) {
        context.watch(context.spawn(
                PoolWatch.create(new PoolWatch.Setup(
                        setup.address(),
                        setup.settings().poolAlerts(),
                        setup.guardians(),
                        setup.leases(),
                        setup.ticker())),
                "pool-watch"));
        context.watch(context.spawn(
                Doctor.create(
                        setup.leases(), setup.incarnation(), setup.settings().doctorInterval()),
                "doctor"));
    }

    /** What is missing is restored once every lane has an owner. */
    private static CompletableFuture<Done> restore(EngineSetup setup, EngineSwitch news) {
        CompletableFuture<Done> restored = new CompletableFuture<>();
        news.firstSettled().thenRun(() -> {
            setup.revokedLeases().start(setup.leases());
            new Restoration(setup.leases(), setup.incarnation(), setup.restoration())
                    .run()
                    .whenComplete((done, failure) -> restored.complete(Done.getInstance()));
        });
        return restored;
    }

    /** Their subscriptions stand before any lane is taken, so that no event of this node misses them. */
    private static List<ActorRef<OutboxRelay.Command>> relays(ActorContext<Command> context, EngineSetup setup) {
        List<ActorRef<OutboxRelay.Command>> relays = new ArrayList<>();
        for (EventSubscriber each : setup.subscribers()) {
            setup.control()
                    .onConnected(connection ->
                            Subscriptions.save(connection, each.name(), Subscriptions.Kind.JAVA, each.events()));
            relays.add(child(
                    context,
                    OutboxRelay.create(
                            setup.leases(),
                            setup.incarnation(),
                            each,
                            setup.settings().outbox(),
                            setup.ticker()),
                    "outbox-" + relays.size()));
        }
        return List.copyOf(relays);
    }

    private static TypeQuarantine quarantine(
            ActorContext<Command> context, EngineSetup setup, Map<String, Integer> slots) {
        ActorSystem<Void> system = context.getSystem();
        slots.keySet()
                .forEach(type -> Gauge.builder("leasehold_type_slots", slots, now -> now.getOrDefault(type, 0))
                        .tag("type", type)
                        .strongReference(true)
                        .register(setup.registry()));
        return new TypeQuarantine(
                setup.settings().leakingTypes(),
                setup.incarnation(),
                setup.leases(),
                (wait, what) -> system.scheduler().scheduleOnce(wait, what, system.executionContext()),
                slots);
    }

    private static Flush flush(ActorSystem<?> system, EngineSetup setup, OwnedLanes owned, EngineSwitch news) {
        EngineSettings settings = setup.settings();
        return new Flush(
                system,
                setup.leases(),
                setup.ticker(),
                setup.incarnation(),
                owned,
                settings.rules(),
                settings.flush(),
                2 * settings.cycle().slots() + settings.flush().batch(),
                news);
    }

    private static RunParts runParts(
            EngineSetup setup,
            HandlerThreads threads,
            Flush flush,
            Planner planner,
            RunBoard board,
            EngineSwitch news,
            DatabaseClock clock) {
        EngineSettings settings = setup.settings();
        return new RunParts(
                setup.incarnation(),
                setup.guardians(),
                setup.userdataIsPlatform(),
                settings.leaseWait(),
                threads,
                flush,
                planner,
                settings.rules(),
                board,
                news,
                clock,
                setup.ticker(),
                settings.zombieGrace());
    }

    private static Behavior<LaneKeeper.Command> laneKeeper(EngineSetup setup, OwnedLanes owned, EngineSwitch news) {
        return LaneKeeper.create(
                identity(setup),
                setup.control(),
                setup.leases(),
                setup.settings().lanes(),
                owned,
                news,
                setup.ticker());
    }

    private static <T> ActorRef<T> child(ActorContext<Command> context, Behavior<T> behavior, String name) {
        ActorRef<T> child = context.spawn(behavior, name);
        context.watch(child);
        return child;
    }

    private static NodeSession.Identity identity(EngineSetup setup) {
        // Positive: readable in pg_locks.
        long lockKey = new SecureRandom().nextLong() >>> 1;
        return new NodeSession.Identity(setup.incarnation(), setup.nodeName(), setup.address(), lockKey);
    }
}
