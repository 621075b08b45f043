package dev.leasehold.outbound;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.leasehold.config.PrivateTargets;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Clients for tests, on one actor system. */
public final class OutboundTestKit implements AutoCloseable {

    private final ActorTestKit kit = ActorTestKit.create("outbound", ConfigFactory.load());

    static PrivateTargets targets(String allowed) {
        return PrivateTargets.from(ConfigFactory.parseMap(Map.of("leasehold.allowed-private-targets", allowed)));
    }

    public akka.actor.typed.ActorSystem<?> system() {
        return kit.system();
    }

    /** A client that may reach these private targets, with the shipped limits but for the given lines. */
    public OutboundClient client(String allowed, String lines) {
        return client(TargetGuard.of(targets(allowed), List.of()), lines);
    }

    /** A client with a resolver of its own. */
    public OutboundClient client(String allowed, HostResolver resolver, String lines) {
        return client(new TargetGuard(targets(allowed), List.of(), resolver, Set::of), lines);
    }

    private OutboundClient client(TargetGuard guard, String lines) {
        Config config = ConfigFactory.parseString("leasehold.outbound { " + lines + " }")
                .withFallback(kit.system().settings().config());
        return new OutboundClient(kit.system(), OutboundSettings.from(config), guard, System::nanoTime);
    }

    @Override
    public void close() {
        kit.shutdownTestKit();
    }
}
