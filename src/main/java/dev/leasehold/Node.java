package dev.leasehold;

import static dev.leasehold.Steps.pause;
import static dev.leasehold.Steps.step;
import static dev.leasehold.Steps.within;

import akka.Done;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.ActorContext;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import com.typesafe.config.Config;
import dev.leasehold.admin.Admin;
import dev.leasehold.admin.api.Database;
import dev.leasehold.admin.api.PoolViews;
import dev.leasehold.admin.auth.RateSettings;
import dev.leasehold.admin.overview.OverviewReader;
import dev.leasehold.cluster.budget.BudgetBoard;
import dev.leasehold.config.DatabaseSettings;
import dev.leasehold.config.Endpoint;
import dev.leasehold.config.NodeSettings;
import dev.leasehold.config.SettingReader;
import dev.leasehold.dashboard.Dashboard;
import dev.leasehold.dashboard.Pages;
import dev.leasehold.embedded.DataFolder;
import dev.leasehold.embedded.EmbeddedPostgres;
import dev.leasehold.engine.Engine;
import dev.leasehold.engine.EngineActor;
import dev.leasehold.engine.EngineSettings;
import dev.leasehold.engine.EngineSetup;
import dev.leasehold.engine.RevokedLeaseLog;
import dev.leasehold.lease.LeaseSettings;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.PoolSettings;
import dev.leasehold.lease.Pools;
import dev.leasehold.lease.Ticker;
import dev.leasehold.metrics.Metrics;
import dev.leasehold.outbound.OutboundSettings;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node of Leasehold: wiring only. {@link #start} takes one step after the other; each step that starts something
 * registers its stop in Akka's coordinated shutdown <em>before</em> it starts it, so that a stop in mid-start finds
 * all there is. The embedded server is the last to go, after every connection to it.
 */
public final class Node {

    private static final Logger LOG = LoggerFactory.getLogger(Node.class);

    /** Phase between the closing of pools and the end of the actor system; see leasehold-akka.conf. */
    private static final String PHASE_EMBEDDED_SERVER = "leasehold-embedded-server";

    private static final Duration EMBEDDED_FAST = Duration.ofMillis(1600);
    private static final Duration EMBEDDED_IMMEDIATE = Duration.ofMillis(600);
    private static final Duration JOIN_LIMIT = Duration.ofSeconds(20);
    private static final Duration DATABASE_LIMIT = Duration.ofSeconds(15);
    private static final Duration ACTOR_LIMIT = Duration.ofSeconds(10);
    private static final Duration LANES_LIMIT = Duration.ofSeconds(60);
    private static final Duration WARM_LIMIT = Duration.ofSeconds(5);
    private static final Duration DRAIN = Duration.ofSeconds(10);
    private static final Duration LAST_LEASES = Duration.ofMillis(300);
    private static final Duration LOOK = Duration.ofMillis(20);

    private final Config config;
    private final NodeSettings settings;
    private final Clock clock;
    private final Metrics metrics;
    private final DataFolder dataFolder;
    private final String incarnation = Incarnation.next();
    private final RevokedLeaseLog revokedLeases = new RevokedLeaseLog(incarnation);
    private final ActorSystem<NodeGuardian.Start<?>> system;
    private @Nullable EmbeddedPostgres embedded;
    private @Nullable Pools pools;
    private final BudgetBoard budget;
    private @Nullable Engine engine;
    private @Nullable Admin admin;

    private Node(
            Config config,
            NodeSettings settings,
            Clock clock,
            DataFolder folder,
            ActorSystem<NodeGuardian.Start<?>> system) {
        this.config = config;
        this.settings = settings;
        this.clock = clock;
        this.metrics = new Metrics();
        this.budget = new BudgetBoard(metrics.registry());
        this.dataFolder = folder;
        this.system = system;
    }

    /**
     * Starts a node and returns when it is ready: lanes owned, what is missing restored, HTTP answering.
     *
     * @param config the whole configuration, from {@link dev.leasehold.config.ConfigLoader}
     * @param clock the node's only source of wall-clock time
     * @param handlers of the application, beside those that ship
     * @throws dev.leasehold.config.InvalidSettingException when a setting is not allowed; nothing was started
     * @throws StartException when anything else is in the way; everything started is stopped again
     */
    public static Node start(Config config, Clock clock, Handlers handlers) {
        NodeSettings settings = NodeSettings.from(config);
        // Read before anything starts, although what they are for comes later: a wrong value costs no half start.
        SettingReader.checked(() -> LeaseSettings.from(config));
        SettingReader.checked(() -> EngineSettings.from(config));
        SettingReader.checked(() -> OutboundSettings.from(config));
        SettingReader.checked(() -> RateSettings.from(config));
        for (PoolName pool : PoolName.values()) {
            SettingReader.checked(() -> PoolSettings.from(config, pool));
        }
        DataFolder folder = step("take the data folder", () -> DataFolder.take(settings.dataDir()));
        Node node;
        try {
            settings.http().checkFree("leasehold.http");
            settings.remoting().checkFree("leasehold.remoting");
            node = new Node(config, settings, clock, folder, step("start the actor system", () -> actorSystem(config)));
        } catch (RuntimeException e) {
            folder.close();
            throw e;
        }
        try {
            node.startParts(handlers);
            return node;
        } catch (RuntimeException e) {
            node.stop().toCompletableFuture().join();
            throw e;
        }
    }

    /** Stops the node as SIGTERM does; completes when everything is stopped. Can be repeated. */
    public CompletionStage<Done> stop() {
        return CoordinatedShutdown.get(system).runAll(CoordinatedShutdown.actorSystemTerminateReason());
    }

    /** Completes when the node has stopped, for whatever reason. */
    public CompletionStage<Done> whenTerminated() {
        return system.getWhenTerminated();
    }

    /** Where the HTTP server listens; the real port where any was asked for. */
    public Endpoint http() {
        return new Endpoint(settings.http().host(), started(admin).address().getPort());
    }

    /** A link that opens the dashboard once, from this machine, within ten minutes. */
    public String loginLink() {
        String host = settings.http().host().equals("0.0.0.0")
                ? "127.0.0.1"
                : settings.http().host();
        return "http://" + new Endpoint(host, http().port()) + "/?login="
                + started(admin).loginCode();
    }

    /** The admin token that was made at this start, to be shown once; empty when there was one. */
    public Optional<String> newToken() {
        return started(admin).newToken();
    }

    public Engine engine() {
        return started(engine);
    }

    public Leases leases() {
        return started(pools).leases();
    }

    private void startParts(Handlers handlers) {
        system.getWhenTerminated().whenComplete((done, failure) -> {
            metrics.close();
            dataFolder.close();
        });
        DatabaseSettings platform = settings.database().orElseGet(this::embeddedDatabase);
        NodeDatabases databases =
                new NodeDatabases(platform, settings.userdataDatabase().orElse(platform));
        step("bring the schema of " + platform.url() + " up to date", () -> {
            if (settings.migrateOnStart()) {
                databases.migrate();
            } else {
                databases.validate();
            }
            return Done.getInstance();
        });
        step("join the cluster", this::joinCluster);
        pools = step("open the pools", () -> openPools(databases));
        Leases leases = started(pools).leases();
        NodeTypes types = step(
                "set up the task types",
                () -> NodeTypes.of(system, config, settings, databases, leases, clock, handlers));
        engine = step("start the engine", () -> startEngine(leases, types, handlers));
        admin = step("start the HTTP server", this::startAdmin);
        // While the lanes are taken over there is time for it.
        CompletionStage<Done> warm = WarmUp.begin(system, config, http(), started(admin));
        step("take the lanes over", () -> within(LANES_LIMIT, started(engine).ready()));
        warm.toCompletableFuture()
                .completeOnTimeout(Done.getInstance(), WARM_LIMIT.toMillis(), TimeUnit.MILLISECONDS)
                .join();
        LOG.info("node {} is up on {}", incarnation, platform.url());
    }

    private Pools openPools(NodeDatabases databases) {
        // Leases of what is still at work are revoked here; those of the engine have been given back before.
        onStop(CoordinatedShutdown.PhaseBeforeActorSystemTerminate(), "close-pools", () -> {
            Pools opened = pools;
            return opened == null ? done() : opened.close(LAST_LEASES);
        });
        Pools opened = within(
                ACTOR_LIMIT,
                start(context -> Pools.start(
                        context,
                        NodePools.setup(
                                config,
                                incarnation,
                                databases.addresses(),
                                metrics.registry(),
                                clock,
                                revokedLeases))));
        pools = opened;
        for (PoolName pool : PoolName.values()) {
            within(DATABASE_LIMIT.plus(LOOK), opened.ready(pool, DATABASE_LIMIT));
        }
        // Before the first lease: until now only the control connections are open.
        within(
                        ACTOR_LIMIT,
                        start(context -> NodePools.keepToBudget(context, opened, config, settings, incarnation, budget))
                                .thenCompose(settled -> settled))
                .ifPresent(tooSmall -> {
                    throw new IllegalStateException(tooSmall);
                });
        return opened;
    }

    private Engine startEngine(Leases leases, NodeTypes types, Handlers handlers) {
        onStop(CoordinatedShutdown.PhaseServiceRequestsDone(), "drain-engine", () -> {
            Engine running = engine;
            return running == null ? done() : running.drain(DRAIN);
        });
        onStop(CoordinatedShutdown.PhaseServiceStop(), "stop-engine", () -> {
            Engine running = engine;
            return running == null ? done() : running.stop();
        });
        Pools opened = started(pools);
        EngineSetup setup = new EngineSetup(
                incarnation,
                settings.http().toString(),
                Cluster.get(system).selfMember().address().hostPort(),
                EngineSettings.from(config),
                types.registry(),
                leases,
                opened.control(PoolName.PLATFORM),
                Map.of(
                        PoolName.PLATFORM, opened.guardian(PoolName.PLATFORM),
                        PoolName.USERDATA, opened.guardian(PoolName.USERDATA)),
                NodePools.reachOneDatabase(leases),
                types.restoration(),
                revokedLeases,
                metrics.registry(),
                clock,
                Ticker.SYSTEM,
                handlers.subscribers());
        CompletableFuture<Engine> face = new CompletableFuture<>();
        within(ACTOR_LIMIT, start(context -> context.spawn(EngineActor.create(setup, face), "engine")));
        return within(ACTOR_LIMIT, face);
    }

    private Admin startAdmin() {
        Pools opened = started(pools);
        PoolViews views = new PoolViews(opened::status, opened::liveLeases, budget::plans);
        OverviewReader overview = new OverviewReader(new Database(opened.leases()), started(engine), views, clock);
        NodeGauges gauges = new NodeGauges(new Database(opened.leases()), started(engine), metrics.registry());
        Admin.Parts parts = new Admin.Parts(
                opened.leases(),
                started(engine),
                views,
                () -> gauges.refreshed().thenApply(fresh -> metrics.prometheusText()),
                new NodeHealth(opened, started(engine), embedded).checks(),
                clock,
                settings.adminToken(),
                RateSettings.from(config),
                Pages::login,
                new Dashboard(system, overview).endpoints());
        return within(
                ACTOR_LIMIT,
                Admin.start(system, settings.http().host(), settings.http().port(), parts));
    }

    private <T> CompletionStage<T> start(Function<ActorContext<NodeGuardian.Start<?>>, T> work) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        system.tell(new NodeGuardian.Start<>(work, answer));
        return answer;
    }

    private static CompletionStage<Done> done() {
        return CompletableFuture.completedFuture(Done.getInstance());
    }

    private static <T> T started(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("the node has not come that far in its start");
        }
        return part;
    }

    private DatabaseSettings embeddedDatabase() {
        return step("start the embedded PostgreSQL", () -> {
            EmbeddedPostgres server = new EmbeddedPostgres(dataFolder);
            onStop(
                    PHASE_EMBEDDED_SERVER,
                    "stop-embedded-server",
                    () -> onThread("stop-embedded-server", () -> {
                        server.stop(EMBEDDED_FAST, EMBEDDED_IMMEDIATE);
                        return Done.getInstance();
                    }));
            embedded = server;
            return server.start();
        });
    }

    /** Until other nodes can be found, each node is a cluster of one. */
    private Done joinCluster() {
        Cluster cluster = Cluster.get(system);
        cluster.manager().tell(Join.create(cluster.selfMember().address()));
        for (long looks = JOIN_LIMIT.dividedBy(LOOK);
                !cluster.selfMember().status().equals(MemberStatus.up());
                looks--) {
            if (looks == 0) {
                throw new IllegalStateException("not up after " + JOIN_LIMIT.toSeconds() + " s");
            }
            pause(LOOK);
        }
        return Done.getInstance();
    }

    /** Registers what a step has to undo, bounded by the phase's time-out. */
    private void onStop(String phase, String name, Supplier<CompletionStage<Done>> work) {
        CoordinatedShutdown.get(system).addTask(phase, name, work);
    }

    private static CompletionStage<Done> onThread(String name, Supplier<Done> work) {
        return CompletableFuture.supplyAsync(work, runnable -> {
            Thread thread = new Thread(runnable, name);
            thread.setDaemon(true);
            thread.start();
        });
    }

    private static ActorSystem<NodeGuardian.Start<?>> actorSystem(Config config) {
        return ActorSystem.create(NodeGuardian.create(), "leasehold", config);
    }
}
