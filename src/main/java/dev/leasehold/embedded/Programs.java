package dev.leasehold.embedded;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Runs the server's programs and waits for them. One at a time; {@link #stop} ends the one that runs and lets no other
 * begin.
 */
final class Programs {

    /** What a program said and how it ended. */
    record Result(int status, String output) {
        boolean succeeded() {
            return status == 0;
        }
    }

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final Path scratch;
    private @Nullable Process running;
    private boolean stopped;

    /** @param scratch folder for the output of programs while they run */
    Programs(Path scratch) {
        this.scratch = scratch;
    }

    /**
     * Runs one to its end. The output goes through a file, since a server that the program leaves behind would keep a
     * pipe open.
     *
     * @throws EmbeddedPostgresException when it cannot run, takes longer than the limit, or {@link #stop} ended it
     */
    Result run(List<String> command, Duration limit) {
        String name = command.get(0);
        try {
            Path output =
                    scratch.resolve("output-" + NUMBER.incrementAndGet() + ".txt"); // of a killed node: overwritten
            try {
                Process process = begin(command, output.toFile());
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly();
                    throw new EmbeddedPostgresException(String.join(" ", command) + " did not end within " + limit);
                }
                checkNotStopped();
                return new Result(process.exitValue(), Files.readString(output).trim());
            } finally {
                Files.deleteIfExists(output); // absent when it was stopped before it began
            }
        } catch (IOException e) {
            throw new EmbeddedPostgresException("cannot run " + name + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EmbeddedPostgresException("interrupted while running " + name, e);
        }
    }

    /** Ends the program that runs, if one does; from now on {@link #run} refuses. */
    synchronized void stop() {
        stopped = true;
        if (running != null) {
            running.destroy(); // initdb removes what it has made so far
        }
    }

    private synchronized Process begin(List<String> command, File output) throws IOException {
        checkNotStopped();
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(output);
        // The environment of whoever started the node must not reach the server: PGDATA, PGPORT, LD_PRELOAD, locales.
        Map<String, String> environment = builder.environment();
        String path = environment.getOrDefault("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
        environment.clear();
        environment.put("PATH", path);
        environment.put("LC_ALL", "C");
        environment.put("TZ", "UTC");
        Process process = builder.start();
        running = process;
        return process;
    }

    private synchronized void checkNotStopped() {
        if (stopped) {
            throw new EmbeddedPostgresException("stopped while starting");
        }
    }
}
