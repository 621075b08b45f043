package dev.leasehold.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * As whom the server runs. PostgreSQL refuses to run as root, so a node that does finds another way, the first of these
 * that works on this machine.
 */
enum ServerUser {
    /** An ordinary user runs it as itself. */
    SELF(""),
    /** Root in a user namespace of its own is nobody there, and still owner of its files outside. */
    NAMESPACE("unshare --user"),
    /** Root becomes nobody by itself: on machines without user namespaces, as in most containers. */
    NOBODY("setpriv --reuid=nobody --regid=nogroup --clear-groups --"),
    /** The same where the group has the other common name. */
    NOBODY_GROUP("setpriv --reuid=nobody --regid=nobody --clear-groups --"),
    /** The same on macOS. */
    SUDO("sudo -n -u nobody --");

    private static final Duration PROBE_LIMIT = Duration.ofSeconds(10);
    private static final String NOBODY_NAME = "nobody";

    /** Words with a blank between them. */
    private final String prefix;

    ServerUser(String prefix) {
        this.prefix = prefix;
    }

    /**
     * The way that works here.
     *
     * @param binaries unpacked, and reachable by the user that is looked for
     * @throws EmbeddedPostgresException when none does, with what was tried and what to do
     */
    static ServerUser find(Programs programs, Path binaries) {
        String server = binaries.resolve("bin/postgres").toString();
        if (!isRoot(programs)) {
            Programs.Result version = programs.run(List.of(server, "--version"), PROBE_LIMIT);
            if (version.succeeded()) {
                return SELF;
            }
            throw new EmbeddedPostgresException("the embedded PostgreSQL does not run on this machine: "
                    + version.output() + "; set LEASEHOLD_DATABASE_URL");
        }
        List<String> tried = new ArrayList<>();
        for (ServerUser user : List.of(NAMESPACE, NOBODY, NOBODY_GROUP, SUDO)) {
            Optional<String> obstacle = user.obstacle(programs, server);
            if (obstacle.isEmpty()) {
                return user;
            }
            tried.add(user.command().get(0) + ": " + obstacle.get());
        }
        throw new EmbeddedPostgresException("PostgreSQL does not run as root, and no other user could be taken on ("
                + String.join("; ", tried) + "). Do one of these: start Leasehold as an ordinary user; allow user "
                + "namespaces; name a data folder that the user nobody can reach (LEASEHOLD_DATA_DIR=/var/tmp/leasehold); "
                + "or use a database of your own (LEASEHOLD_DATABASE_URL)");
    }

    /** The command that runs another as this user. */
    List<String> command(String... command) {
        List<String> whole = new ArrayList<>(prefix.isEmpty() ? List.of() : List.of(prefix.split(" ")));
        whole.addAll(List.of(command));
        return whole;
    }

    /** Makes the files of a folder belong to this user. */
    void own(Path folder) throws IOException {
        if (this == NAMESPACE) {
            Folders.give(folder, "root"); // an earlier start may have been as nobody
        } else if (this != SELF) {
            Folders.give(folder, NOBODY_NAME);
        }
    }

    private Optional<String> obstacle(Programs programs, String server) {
        try {
            Programs.Result who = programs.run(command("id", "-u"), PROBE_LIMIT);
            if (!who.succeeded() || who.output().equals("0")) {
                return Optional.of(who.output());
            }
            Programs.Result version = programs.run(command(server, "--version"), PROBE_LIMIT);
            return version.succeeded() ? Optional.empty() : Optional.of(version.output());
        } catch (EmbeddedPostgresException e) {
            return Optional.of("cannot be run");
        }
    }

    private static boolean isRoot(Programs programs) {
        return programs.run(List.of("id", "-u"), PROBE_LIMIT).output().equals("0");
    }
}
