package dev.leasehold.embedded;

import dev.leasehold.config.DatabaseSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL server in the node's data folder.
 *
 * <pre>
 *   new --start--> starting --ready--> running --stop--> stopped
 *                     '--------stop or failure-------------^
 * </pre>
 *
 * It has no shutdown hook: whoever starts it stops it, after the last connection. A server that outlived its node is
 * found by its {@code postmaster.pid} at the next start and stopped first. The data folder must be held
 * ({@link DataFolder}) meanwhile, so that there is never a second one on the same data.
 */
public final class EmbeddedPostgres {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);

    /** Recovery after a crash is part of it. */
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    /** From its start to its first file. */
    private static final Duration APPEARANCE_LIMIT = Duration.ofSeconds(10);

    private static final Duration LOOK = Duration.ofMillis(20);

    /** Half a second of looks. */
    private static final int ABSENT_LOOKS = 25;

    private static final Duration SURVIVOR_FAST = Duration.ofSeconds(10);
    private static final Duration SURVIVOR_IMMEDIATE = Duration.ofSeconds(5);
    private static final long LOG_BYTES_MAX = 10_000_000;
    private static final String STOPPED = "stopped while starting";

    private final Path home;
    private final Path data;
    private final Path log;
    private final Programs programs;
    private final CountDownLatch stopRequested = new CountDownLatch(1);
    private @Nullable DatabaseSettings database;

    /** Nothing happens before {@link #start}, so that the stop can be arranged first. */
    public EmbeddedPostgres(DataFolder folder) {
        this.home = folder.path().resolve("postgres");
        this.data = home.resolve("data");
        this.log = home.resolve("server.log");
        this.programs = new Programs(home);
    }

    /**
     * Starts the server and makes sure of our role and database. May be called once.
     *
     * @throws EmbeddedPostgresException when it cannot start, or {@link #stop} was called meanwhile; nothing is left
     *     running then
     */
    public DatabaseSettings start() {
        try {
            DatabaseSettings ours = provided();
            checkNotStopped();
            database = ours;
            LOG.info("embedded PostgreSQL is up at {}, data in {}", ours.url(), data);
            return ours;
        } catch (IOException | RuntimeException e) {
            boolean cut = isStopRequested();
            stop(SURVIVOR_FAST, SURVIVOR_IMMEDIATE);
            if (e instanceof RuntimeException failure && (!cut || STOPPED.equals(e.getMessage()))) {
                throw failure;
            }
            if (cut) { // whatever failed, failed for that: a session that the stopping server ended, say
                throw new EmbeddedPostgresException(STOPPED, e);
            }
            throw new EmbeddedPostgresException("cannot set up the embedded PostgreSQL in " + home + ": " + e, e);
        }
    }

    private DatabaseSettings provided() throws IOException {
        Files.createDirectories(home);
        stopSurvivor();
        Path binaries = new Binaries(home, Platform.archive(), this::isStopRequested).unpacked();
        ServerUser user = ServerUser.find(programs, binaries);
        String superuserPassword = SecretFile.readOrMake(home.resolve("superuser.secret"));
        String rolePassword = SecretFile.readOrMake(home.resolve("leasehold.secret"));
        new DataDirectory(data, programs).make(binaries, user, superuserPassword);
        int port = launch(binaries, user);
        new Provisioning(port, superuserPassword).provide(rolePassword);
        return new DatabaseSettings(
                "jdbc:postgresql://127.0.0.1:" + port + "/" + Provisioning.NAME, Provisioning.NAME, rolePassword);
    }

    /** Where it can be reached, once it is started. */
    public Optional<DatabaseSettings> database() {
        return Optional.ofNullable(database);
    }

    /** The server's process, as long as it lives. */
    public Optional<ProcessHandle> process() {
        return server().flatMap(server -> ProcessHandle.of(server.pid()));
    }

    /** Whether the server's process lives; that it answers is for the pools' probes to see. */
    public boolean isAlive() {
        return server().isPresent();
    }

    /** What the server writes about itself. */
    public Path log() {
        return log;
    }

    /**
     * Stops the server, or the start that is under way. Sessions are ended and everything is written out; if that takes
     * longer than the limit, the server is stopped at once, and recovers at the next start. Can be repeated.
     */
    public void stop(Duration fast, Duration immediate) {
        stopRequested.countDown();
        programs.stop();
        synchronized (this) { // a server that is just being launched is waited for, so that it is not missed
            server().ifPresent(server -> {
                boolean clean = server.stop(new Programs(home), fast, immediate);
                LOG.info("embedded PostgreSQL stopped{}", clean ? "" : " at once; it recovers at its next start");
            });
        }
    }

    private Optional<ServerProcess> server() {
        return Postmaster.read(data)
                .flatMap(postmaster -> ServerProcess.of(postmaster.pid()))
                .filter(process -> process.servesData(data));
    }

    /** A node that was killed leaves its server behind, with sessions that still hold locks. */
    private void stopSurvivor() throws IOException {
        Optional<Postmaster> postmaster = Postmaster.read(data);
        Optional<ServerProcess> process = postmaster.flatMap(found -> ServerProcess.of(found.pid()));
        if (process.isEmpty()) {
            return; // none, or a file of a server that is gone, which the next one replaces
        }
        ServerProcess found = process.get();
        if (found.servesData(data)) {
            LOG.warn("process {} still serves {} for a node that is gone; stopping it", found.pid(), data);
            found.stop(programs, SURVIVOR_FAST, SURVIVOR_IMMEDIATE);
            if (found.isAlive()) {
                throw new EmbeddedPostgresException("PostgreSQL process " + found.pid() + " on " + data
                        + " is left from an earlier node and cannot be stopped; stop it and start again");
            }
        } else if (found.isKnown()) {
            // The id went to another program, after a restart of the machine perhaps; the server would not see that.
            Files.deleteIfExists(Postmaster.file(data));
        } else {
            throw new EmbeddedPostgresException("process " + found.pid() + ", named by " + Postmaster.file(data)
                    + ", cannot be looked at; stop it if it is a PostgreSQL server, else delete that file");
        }
    }

    private int launch(Path binaries, ServerUser user) throws IOException {
        int port = choosePort();
        ServerConfiguration.write(data, port);
        prepareLog();
        user.own(data);
        user.own(log);
        synchronized (this) {
            checkNotStopped();
            Programs.Result result = new Programs(home)
                    .run(
                            user.command(
                                    binaries.resolve("bin/pg_ctl").toString(),
                                    "start",
                                    "--no-wait",
                                    "--silent",
                                    "-D",
                                    data.toString(),
                                    "-l",
                                    log.toString()),
                            APPEARANCE_LIMIT);
            if (!result.succeeded()) {
                throw failedStart(result.output());
            }
            Absence launched = new Absence(ABSENT_LOOKS);
            await(
                    () -> isAlive() || launched.isSureAfter(ServerProcess.isUnderWay(data)),
                    APPEARANCE_LIMIT,
                    "it did not appear");
        }
        Absence running = new Absence(ABSENT_LOOKS);
        await(() -> isReadyOrGone(running), START_LIMIT, "it was not ready after " + START_LIMIT.toSeconds() + " s");
        checkNotStopped();
        if (!isAlive()) {
            throw failedStart("it ended again");
        }
        return port;
    }

    private boolean isReadyOrGone(Absence absence) {
        return absence.isSureAfter(isAlive())
                || Postmaster.read(data).map(Postmaster::ready).orElse(false)
                || isStopRequested();
    }

    private void await(BooleanSupplier condition, Duration limit, String otherwise) {
        for (long looks = limit.dividedBy(LOOK); !condition.getAsBoolean(); looks--) {
            if (looks == 0) {
                throw failedStart(otherwise);
            }
            try {
                new CountDownLatch(1).await(LOOK.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new EmbeddedPostgresException("interrupted while starting", e);
            }
        }
    }

    private boolean isStopRequested() {
        return stopRequested.getCount() == 0;
    }

    private void checkNotStopped() {
        if (isStopRequested()) {
            throw new EmbeddedPostgresException(STOPPED);
        }
    }

    private EmbeddedPostgresException failedStart(String why) {
        String last = "";
        try {
            List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
            last = "; last lines of " + log + ":\n"
                    + String.join("\n", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
        } catch (IOException e) {
            LOG.debug("no log of the server", e);
        }
        return new EmbeddedPostgresException("the embedded PostgreSQL did not start: " + why + last);
    }

    /** The last one, so that clients configured by hand find it again; another one if somebody else has it now. */
    private int choosePort() throws IOException {
        Path file = home.resolve("port");
        if (Files.exists(file)) {
            String last = Files.readString(file).trim();
            if (last.matches("[0-9]{1,5}") && isFree(Integer.parseInt(last))) {
                return Integer.parseInt(last);
            }
        }
        try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Path half = Files.writeString(home.resolve("port.half"), Integer.toString(any.getLocalPort()));
            Files.move(half, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return any.getLocalPort();
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
            return true;
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }

    private void prepareLog() throws IOException {
        if (Files.exists(log) && Files.size(log) > LOG_BYTES_MAX) {
            Files.move(log, home.resolve("server.log.1"), StandardCopyOption.REPLACE_EXISTING);
        }
        if (!Files.exists(log)) {
            Files.createFile(log, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
    }
}
