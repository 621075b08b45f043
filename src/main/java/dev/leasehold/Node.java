package dev.leasehold;

import akka.Done;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.SpawnProtocol;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import com.typesafe.config.Config;
import dev.leasehold.config.DatabaseSettings;
import dev.leasehold.config.Endpoint;
import dev.leasehold.config.NodeSettings;
import dev.leasehold.config.SettingReader;
import dev.leasehold.embedded.DataFolder;
import dev.leasehold.embedded.EmbeddedPostgres;
import dev.leasehold.lease.LeaseSettings;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.PoolSettings;
import dev.leasehold.metrics.Metrics;
import dev.leasehold.store.Migrations;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
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
    private static final Duration LOOK = Duration.ofMillis(20);

    private final NodeSettings settings;
    private final Clock clock;
    private final Metrics metrics;
    private final DataFolder dataFolder;
    private final ActorSystem<SpawnProtocol.Command> system;

    private Node(NodeSettings settings, Clock clock, DataFolder folder, ActorSystem<SpawnProtocol.Command> system) {
        this.settings = settings;
        this.clock = clock;
        this.metrics = new Metrics();
        this.dataFolder = folder;
        this.system = system;
    }

    /**
     * Starts a node and returns when it is ready.
     *
     * @param config the whole configuration, from {@link dev.leasehold.config.ConfigLoader}
     * @param clock the node's only source of wall-clock time
     * @throws dev.leasehold.config.InvalidSettingException when a setting is not allowed; nothing was started
     * @throws StartException when anything else is in the way; everything started is stopped again
     */
    public static Node start(Config config, Clock clock) {
        NodeSettings settings = NodeSettings.from(config);
        // Read before anything starts, although the pools come later: a wrong value costs no half start.
        SettingReader.checked(() -> LeaseSettings.from(config));
        for (PoolName pool : PoolName.values()) {
            SettingReader.checked(() -> PoolSettings.from(config, pool));
        }
        DataFolder folder = step("take the data folder", () -> DataFolder.take(settings.dataDir()));
        Node node;
        try {
            settings.http().checkFree("leasehold.http");
            settings.remoting().checkFree("leasehold.remoting");
            node = new Node(settings, clock, folder, step("start the actor system", () -> actorSystem(config)));
        } catch (RuntimeException e) {
            folder.close();
            throw e;
        }
        try {
            node.startParts();
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

    /** Where the HTTP server listens. */
    public Endpoint http() {
        return settings.http();
    }

    private void startParts() {
        system.getWhenTerminated().whenComplete((done, failure) -> {
            metrics.close();
            dataFolder.close();
        });
        DatabaseSettings database = settings.database().orElseGet(this::embeddedDatabase);
        step("bring the schema of " + database.url() + " up to date", () -> migrate(database));
        step("join the cluster", this::joinCluster);
        LOG.info("node is up on {}, {}", database.url(), clock.instant());
    }

    private DatabaseSettings embeddedDatabase() {
        return step("start the embedded PostgreSQL", () -> {
            EmbeddedPostgres server = new EmbeddedPostgres(dataFolder);
            onStop(PHASE_EMBEDDED_SERVER, "stop-embedded-server", () -> {
                server.stop(EMBEDDED_FAST, EMBEDDED_IMMEDIATE);
                return Done.getInstance();
            });
            return server.start();
        });
    }

    private Done migrate(DatabaseSettings database) {
        if (settings.migrateOnStart()) {
            Migrations.migratePlatform(database.url(), database.user(), database.password());
            settings.userdataDatabase()
                    .filter(userdata -> !userdata.url().equals(database.url()))
                    .ifPresent(userdata ->
                            Migrations.migrateUserData(userdata.url(), userdata.user(), userdata.password()));
        } else {
            Migrations.validatePlatform(database.url(), database.user(), database.password());
        }
        return Done.getInstance();
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
            pause();
        }
        return Done.getInstance();
    }

    /** Registers what a step has to undo; it runs on a thread of its own, bounded by the phase's time-out. */
    private void onStop(String phase, String name, Supplier<Done> work) {
        CoordinatedShutdown.get(system)
                .addTask(
                        phase,
                        name,
                        () -> CompletableFuture.supplyAsync(work, runnable -> {
                            Thread thread = new Thread(runnable, name);
                            thread.setDaemon(true);
                            thread.start();
                        }));
    }

    private static ActorSystem<SpawnProtocol.Command> actorSystem(Config config) {
        return ActorSystem.create(Behaviors.setup(context -> SpawnProtocol.create()), "leasehold", config);
    }

    /** Runs one step of the start; a failure says which one it was. */
    private static <T> T step(String name, Supplier<T> work) {
        try {
            return work.get();
        } catch (StartException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new StartException("cannot " + name + ": " + reason(e), e);
        }
    }

    /** The messages from the outside in, each once: the innermost knows best, the outer ones say what it was for. */
    private static String reason(Throwable failure) {
        StringBuilder reason = new StringBuilder();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage())
                    .strip()
                    .lines()
                    .findFirst()
                    .orElse("");
            if (reason.indexOf(message) < 0) {
                reason.append(reason.isEmpty() ? "" : ": ").append(message);
            }
        }
        return reason.toString();
    }

    private static void pause() {
        try {
            new CountDownLatch(1).await(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
