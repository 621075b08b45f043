package dev.leasehold.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** Starts a server that was stopped as a standby: it answers, and refuses to write. */
public final class Standby {

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String SIGNAL = "data/standby.signal";

    private Standby() {}

    /**
     * Starts it.
     *
     * @param home the server's folder below the data folder
     */
    public static void start(Path home) {
        try (Stream<Path> folders = Files.list(home)) {
            Path binaries = folders.filter(folder -> Files.exists(folder.resolve("bin/pg_ctl")))
                    .findFirst()
                    .orElseThrow();
            Programs programs = new Programs(home);
            ServerUser user = ServerUser.find(programs, binaries);
            Path signal = home.resolve(SIGNAL);
            Files.writeString(signal, "");
            user.own(home.resolve("data"));
            List<String> command = user.command(
                    binaries.resolve("bin/pg_ctl").toString(),
                    "start",
                    "--no-wait",
                    "--silent",
                    "-D",
                    home.resolve("data").toString(),
                    "-l",
                    home.resolve("server.log").toString());
            Programs.Result result = programs.run(command, LIMIT);
            if (!result.succeeded()) {
                throw new IllegalStateException(result.output());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next start is an ordinary one. */
    public static void end(Path home) {
        try {
            Files.deleteIfExists(home.resolve(SIGNAL));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
