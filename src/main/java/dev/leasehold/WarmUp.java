package dev.leasehold;

import akka.Done;
import akka.actor.typed.ActorSystem;
import com.typesafe.config.Config;
import dev.leasehold.admin.Admin;
import dev.leasehold.config.Endpoint;
import dev.leasehold.config.Network;
import dev.leasehold.config.PrivateTargets;
import dev.leasehold.lease.Ticker;
import dev.leasehold.outbound.OutboundClient;
import dev.leasehold.outbound.OutboundSettings;
import dev.leasehold.outbound.TargetGuard;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Goes the ways of a first task once before anybody does, so that its time is not spent on loading classes, reading trusted
 * certificates and starting threads. Nothing is written and nobody outside is called: the node calls itself.
 */
final class WarmUp {

    private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);

    private WarmUp() {}

    /** Begins it on a thread of its own. Never fails: a node that could not be warmed is as good, and slower at first. */
    static CompletionStage<Done> begin(ActorSystem<?> system, Config config, Endpoint http, Admin admin) {
        CompletableFuture<Done> outbound = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        callOurselves(system, config, http);
                    } catch (RuntimeException e) {
                        LOG.debug("the outbound client was not warmed up", e);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } finally {
                        outbound.complete(Done.getInstance());
                    }
                },
                "warm-up");
        thread.setDaemon(true);
        thread.start();
        return admin.rehearse()
                .exceptionally(failure -> {
                    LOG.debug("the API was not warmed up", failure);
                    return Done.getInstance();
                })
                .thenCombine(outbound, (rehearsed, called) -> Done.getInstance());
    }

    private static void callOurselves(ActorSystem<?> system, Config config, Endpoint http) throws InterruptedException {
        String host = http.host().equals("0.0.0.0") ? "127.0.0.1" : http.host();
        Optional<Network> address = Network.parse(host);
        // The tasks' own guard would refuse this machine; nothing but this one call passes this one.
        PrivateTargets ourselves =
                new PrivateTargets(address.stream().toList(), address.isPresent() ? Set.of() : Set.of(host));
        new OutboundClient(
                        system,
                        OutboundSettings.from(config),
                        TargetGuard.of(ourselves, List.of()),
                        Ticker.SYSTEM::nanos)
                .warmUp("http://" + new Endpoint(host, http.port()) + "/alive");
    }
}
