package dev.leasehold;

import akka.Done;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorSystem;
import com.typesafe.config.Config;
import dev.leasehold.config.NodeSettings;
import dev.leasehold.engine.NewTasks;
import dev.leasehold.engine.RestorationStep;
import dev.leasehold.engine.run.TypeRegistry;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.Ticker;
import dev.leasehold.outbound.OutboundClient;
import dev.leasehold.outbound.OutboundSettings;
import dev.leasehold.outbound.TargetGuard;
import dev.leasehold.task.MissingTasks;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.type.ShippedTypes;
import dev.leasehold.type.demo.DemoSeed;
import dev.leasehold.type.demo.DemoServer;
import dev.leasehold.type.secret.KeyFile;
import dev.leasehold.type.secret.Vault;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The types that a node knows: those that ship, those of the application, and in the demo its own, with their input.
 *
 * @param restoration what the types want to exist at start
 */
record NodeTypes(TypeRegistry registry, List<RestorationStep> restoration) {

    /** Makes the handlers of all of them; starts the demo's server where the demo is on. */
    static NodeTypes of(
            ActorSystem<?> system,
            Config config,
            NodeSettings settings,
            NodeDatabases databases,
            Leases leases,
            Clock clock,
            Handlers application) {
        Path keyFile = KeyFile.of(settings.keyFile(), settings.dataDir());
        Vault vault = NodePools.work(leases, PoolName.PLATFORM, connection -> Vault.open(connection, keyFile));
        OutboundClient client = new OutboundClient(
                system,
                OutboundSettings.from(config),
                TargetGuard.of(settings.allowedPrivateTargets(), databaseHosts(databases)),
                Ticker.SYSTEM::nanos);
        List<TaskHandler<?>> handlers = new ArrayList<>(ShippedTypes.handlers(new ShippedTypes.Collaborators(
                config, settings.dataDir(), client, vault, clock, Ticker.SYSTEM::nanos)));
        handlers.addAll(application.handlers());
        if (settings.demo()) {
            handlers.addAll(ShippedTypes.demoHandlers());
        }
        TypeRegistry registry = new TypeRegistry(handlers);
        List<RestorationStep> restoration = new ArrayList<>();
        if (settings.demo()) {
            DemoServer server = DemoServer.start(system, settings.dataDir(), clock);
            CoordinatedShutdown.get(system)
                    .addTask(
                            CoordinatedShutdown.PhaseServiceStop(),
                            "stop-demo-server",
                            () -> server.stop().thenApply(stopped -> Done.getInstance()));
            NodePools.work(leases, PoolName.USERDATA, connection -> {
                DemoSeed.prepareUserData(connection);
                return true;
            });
            restoration.add(new DemoRestoration(server, vault, registry));
        }
        NewTasks newTasks = new NewTasks(registry);
        for (MissingTasks tasks : ShippedTypes.missingTasks()) {
            restoration.add(new MissingTasksStep(tasks, newTasks, clock));
        }
        return new NodeTypes(registry, restoration);
    }

    /** Tasks must not reach the databases by HTTP tricks, wherever these stand. */
    private static Set<String> databaseHosts(NodeDatabases databases) {
        Set<String> hosts = new LinkedHashSet<>();
        for (String url :
                List.of(databases.platform().url(), databases.userdata().url())) {
            String host = URI.create(url.substring("jdbc:".length())).getHost();
            if (host != null) {
                hosts.add(host);
            }
        }
        return hosts;
    }
}
