package dev.leasehold.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** A running server, seen from outside: whether it lives, whose it is, and the ladder by which it is stopped. */
final class ServerProcess {

    /** What pg_ctl's child is called one after the other on its way to become the server. */
    private static final Pattern STARTER = Pattern.compile("\\S*(pg_ctl|sh|postgres)\\s");

    private static final Duration LOOK = Duration.ofMillis(20);
    private static final Duration SIGNAL_LIMIT = Duration.ofSeconds(5);

    private final ProcessHandle handle;

    private ServerProcess(ProcessHandle handle) {
        this.handle = handle;
    }

    /** The living process of this id, if there is one. */
    static Optional<ServerProcess> of(long pid) {
        return ProcessHandle.of(pid).map(ServerProcess::new).filter(ServerProcess::isAlive);
    }

    /** Whether a server on this data directory is on its way up: its file of process ids comes a little later. */
    static boolean isUnderWay(Path data) {
        return ProcessHandle.allProcesses()
                .map(ServerProcess::new)
                .map(process -> String.join(" ", process.commandLine()))
                .anyMatch(command -> STARTER.matcher(command).lookingAt() && command.contains(data.toString()));
    }

    long pid() {
        return handle.pid();
    }

    /** A process that has ended but was not yet collected by its parent counts as gone: it holds nothing any more. */
    boolean isAlive() {
        if (!handle.isAlive()) {
            return false;
        }
        try {
            String stat = Files.readString(Path.of("/proc/" + pid() + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException e) {
            return handle.isAlive(); // no /proc here, or gone this moment
        }
    }

    /** Whether it can be seen what it is; another user's process may hide it. */
    boolean isKnown() {
        return !commandLine().isEmpty();
    }

    /** Whether it is a PostgreSQL server that was started on this data directory; a process id alone may be reused. */
    boolean servesData(Path data) {
        List<String> command = commandLine();
        return !command.isEmpty() && command.get(0).endsWith("postgres") && command.contains(data.toString());
    }

    /**
     * Stops it: first asks it to end its sessions and write everything out, then to drop all at once (the next start
     * recovers from the log), then kills it.
     *
     * @return whether it ended by itself, with everything written out
     */
    boolean stop(Programs programs, Duration fast, Duration immediate) {
        if (signalAndWait(programs, "INT", fast)) {
            return true;
        }
        if (!signalAndWait(programs, "QUIT", immediate)) {
            signalAndWait(programs, "KILL", immediate);
        }
        return false;
    }

    private boolean signalAndWait(Programs programs, String signal, Duration limit) {
        if (!isAlive()) {
            return true;
        }
        programs.run(List.of("/bin/sh", "-c", "kill -" + signal + " " + pid()), SIGNAL_LIMIT);
        // An interrupt must not cut the waiting short, or the server would be killed for it; the caller sees it later.
        boolean interrupted = false;
        for (long looks = limit.dividedBy(LOOK); looks > 0 && isAlive(); looks--) {
            try {
                new CountDownLatch(1).await(LOOK.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !isAlive();
    }

    private List<String> commandLine() {
        try {
            return Arrays.asList(
                    Files.readString(Path.of("/proc/" + pid() + "/cmdline")).split("\0"));
        } catch (IOException e) {
            ProcessHandle.Info info = handle.info();
            List<String> command = new ArrayList<>();
            info.command().ifPresent(command::add);
            info.arguments().ifPresent(arguments -> command.addAll(Arrays.asList(arguments)));
            return command;
        }
    }
}
