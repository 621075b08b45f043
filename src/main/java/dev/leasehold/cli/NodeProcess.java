package dev.leasehold.cli;

import com.typesafe.config.Config;
import dev.leasehold.Handlers;
import dev.leasehold.Node;
import dev.leasehold.StartException;
import dev.leasehold.config.ConfigLoader;
import dev.leasehold.config.InvalidSettingException;
import dev.leasehold.config.StartMode;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node as the only purpose of a process: from the command to the exit status. */
final class NodeProcess {

    private static final Logger LOG = LoggerFactory.getLogger(NodeProcess.class);

    /** Below the 20 s in which a node has to be gone, above the sum of the coordinated shutdown's time-outs. */
    private static final Duration LAST_LIMIT = Duration.ofMillis(19_700);

    static final int FAILED = 1;
    static final int NOT_ALLOWED = 2;

    private final StartMode mode;

    NodeProcess(StartMode mode) {
        this.mode = mode;
    }

    /** Runs the node until it is stopped, and answers the exit status. */
    int run() {
        try {
            Config config = config(mode);
            if (mode == StartMode.PRODUCTION && !config.hasPath("leasehold.database.url")) {
                LOG.warn("LEASEHOLD_DATABASE_URL is not set: this node runs on the embedded PostgreSQL, all by itself");
            }
            endInTime();
            Node node = Node.start(config, Clock.systemUTC(), Handlers.none());
            node.newToken().ifPresent(token -> System.out.println("Admin token, shown this once: " + token));
            System.out.println("Leasehold is ready: " + node.loginLink());
            System.out.flush();
            node.whenTerminated().toCompletableFuture().join();
            return 0;
        } catch (InvalidSettingException e) {
            return fail(NOT_ALLOWED, e);
        } catch (StartException e) {
            LOG.debug("start failed", e);
            return fail(FAILED, e);
        } finally {
            Logging.flush();
        }
    }

    /**
     * The coordinated shutdown is bounded by itself; should anything else hold up the end of the JVM, this ends it. What
     * was committed is safe either way, and the embedded server is stopped by then or found at the next start.
     */
    private static void endInTime() {
        Thread last = new Thread(
                () -> {
                    try {
                        new CountDownLatch(1).await(LAST_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
                        Runtime.getRuntime().halt(FAILED);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "end-in-time");
        last.setDaemon(true);
        Runtime.getRuntime().addShutdownHook(new Thread(last::start, "begin-end-in-time"));
    }

    /** The configuration of this process. */
    static Config config(StartMode mode) {
        Map<String, String> properties = System.getProperties().stringPropertyNames().stream()
                .collect(Collectors.toMap(name -> name, System::getProperty));
        return new ConfigLoader(
                        mode,
                        System.getenv(),
                        properties,
                        Optional.ofNullable(System.getProperty("config.file")).map(Path::of))
                .load();
    }

    private static int fail(int status, RuntimeException reason) {
        System.err.println("leasehold: " + reason.getMessage());
        return status;
    }
}
