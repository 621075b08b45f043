package dev.leasehold.type.demo;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import akka.http.javadsl.Http;
import akka.http.javadsl.ServerBinding;
import akka.http.javadsl.model.HttpEntity;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the demo website and the demo authorization server on a loopback port of their own, the same one after a
 * restart wherever it is still free: tasks remember it in their URLs.
 */
public final class DemoServer {

    private static final Logger LOG = LoggerFactory.getLogger(DemoServer.class);
    private static final String HOST = "127.0.0.1";
    private static final String PORT_FILE = "demo-port";
    private static final long READ_MILLIS = 5000;
    private static final long LARGEST_BODY = 1 << 20;

    private final ActorSystem<?> system;
    private final DemoSite site = new DemoSite();
    private final DemoAuthorizationServer authorization;
    private final Executor blocking;
    private final ServerBinding binding;

    private DemoServer(ActorSystem<?> system, Path dataFolder, Clock clock, int port) throws Exception {
        this.system = system;
        this.authorization = new DemoAuthorizationServer(dataFolder.resolve("demo-authorization.json"), clock);
        this.blocking = system.dispatchers().lookup(DispatcherSelector.blocking());
        this.binding = bind(port).toCompletableFuture().get();
    }

    /**
     * Starts it. Blocks until it listens.
     *
     * @param dataFolder where it keeps its port and what its authorization server has issued
     */
    public static DemoServer start(ActorSystem<?> system, Path dataFolder, Clock clock) {
        Path portFile = dataFolder.resolve(PORT_FILE);
        try {
            Files.createDirectories(dataFolder);
            DemoServer server = new DemoServer(system, dataFolder, clock, lastPort(portFile));
            Files.writeString(portFile, Integer.toString(server.port()));
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start the demo server", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the demo server started", e);
        } catch (Exception e) {
            throw new IllegalStateException("cannot start the demo server", e);
        }
    }

    private static int lastPort(Path file) throws IOException {
        if (!Files.exists(file)) {
            return 0;
        }
        String text = Files.readString(file).strip();
        return text.matches("\\d{1,5}") ? Integer.parseInt(text) : 0;
    }

    private CompletionStage<ServerBinding> bind(int port) {
        return Http.get(system)
                .newServerAt(HOST, port)
                .bind(this::handle)
                .handle((bound, failure) -> {
                    if (failure == null) {
                        return CompletableFuture.completedFuture(bound);
                    }
                    if (port == 0) {
                        return CompletableFuture.<ServerBinding>failedFuture(failure);
                    }
                    LOG.info("port {} of the demo server is taken, taking another", port);
                    return bind(0).toCompletableFuture();
                })
                .thenCompose(result -> result);
    }

    private CompletionStage<HttpResponse> handle(HttpRequest request) {
        return request.entity()
                .withSizeLimit(LARGEST_BODY)
                .toStrict(READ_MILLIS, system.classicSystem())
                .thenApplyAsync(entity -> answer(request, entity), blocking);
    }

    private HttpResponse answer(HttpRequest request, HttpEntity.Strict entity) {
        byte[] body = entity.getData().toArray();
        return request.getUri().path().startsWith(DemoAuthorizationServer.PATH)
                ? authorization.answer(request, body)
                : site.answer(request, body);
    }

    /** Where it listens, without a slash at the end. */
    public String baseUrl() {
        return "http://" + HOST + ":" + port();
    }

    int port() {
        return binding.localAddress().getPort();
    }

    /** The authorization server behind {@code /oauth/}. */
    public DemoAuthorizationServer authorization() {
        return authorization;
    }

    /** Stops it. */
    public CompletionStage<Void> stop() {
        return binding.terminate(Duration.ofSeconds(1)).thenApply(any -> null);
    }
}
