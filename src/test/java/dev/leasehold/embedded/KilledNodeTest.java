package dev.leasehold.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.config.DatabaseSettings;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What needs a second process: nodes that are killed, second nodes, nodes under another user. */
class KilledNodeTest {

    private static final Duration FAST = Duration.ofSeconds(20);
    private static final Duration IMMEDIATE = Duration.ofSeconds(5);

    @TempDir
    private static Path temporary;

    private final List<Process> holders = new ArrayList<>();

    @Test
    void stopsTheServerThatAKilledNodeLeftAndGoesOnWithItsData() throws Exception {
        Path data = temporary.resolve("killed");
        String[] up = hold(data, Map.of()).split(" ", 3);
        long survivor = Long.parseLong(up[1]);
        DatabaseSettings database =
                new DatabaseSettings(up[2], "leasehold", Files.readString(data.resolve("postgres/leasehold.secret")));
        EmbeddedPostgresTest.execute(database, "CREATE SCHEMA kept; CREATE TABLE kept.it AS SELECT 42 AS answer");

        killHolder();
        assertThat(ProcessHandle.of(survivor))
                .hasValueSatisfying(process -> assertThat(process.isAlive()).isTrue());
        try (DataFolder folder = DataFolder.take(data)) {
            EmbeddedPostgres server = new EmbeddedPostgres(folder);
            try {
                DatabaseSettings next = server.start();

                assertThat(ServerProcess.of(survivor)).isEmpty();
                assertThat(server.process().orElseThrow().pid()).isNotEqualTo(survivor);
                assertThat(EmbeddedPostgresTest.query(next, "SELECT answer FROM kept.it"))
                        .isEqualTo("42");
            } finally {
                server.stop(FAST, IMMEDIATE);
            }
        }
    }

    @Test
    void refusesASecondNodeOnTheSameFolderByName() throws Exception {
        Path data = temporary.resolve("shared");
        hold(data, Map.of());
        try {
            assertThatThrownBy(() -> DataFolder.take(data))
                    .isInstanceOf(EmbeddedPostgresException.class)
                    .hasMessageContaining(data.toRealPath().toString())
                    .hasMessageContaining("process " + holders.get(0).pid())
                    .hasMessageContaining("LEASEHOLD_DATA_DIR");
        } finally {
            killHolder();
            try (DataFolder folder = DataFolder.take(data)) {
                new EmbeddedPostgres(folder).stop(FAST, IMMEDIATE);
            }
        }
    }

    /** As in containers: root may not make user namespaces there, but may become another user. */
    @Test
    @Tag("long")
    void runsAsNobodyWhereRootHasNoUserNamespaces() throws Exception {
        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        Path data = reachable("nobody");

        String said = hold(data, Map.of("unshare", "echo no >&2; exit 1"), "stop");

        assertThat(said).startsWith("up ");
        assertThat(Files.getOwner(data.resolve("postgres/data")).getName()).isEqualTo("nobody");
        // Back in a namespace, the same data belong to root again.
        assertThat(hold(data, Map.of(), "stop")).startsWith("up ");
        assertThat(Files.getOwner(data.resolve("postgres/data")).getName()).isEqualTo("root");
    }

    @Test
    @Tag("long")
    void saysWhatToDoWhereRootCannotBecomeAnyoneElse() throws Exception {
        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        String failing = "echo not permitted >&2; exit 1";

        String said = hold(
                temporary.resolve("stuck"), Map.of("unshare", failing, "setpriv", failing, "sudo", failing), "stop");

        assertThat(said)
                .startsWith("refused PostgreSQL does not run as root")
                .contains("unshare: not permitted", "ordinary user", "LEASEHOLD_DATA_DIR", "LEASEHOLD_DATABASE_URL");
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(ints = {0, 100, 400, 900, 1500, 2200, 3000})
    void leavesNothingRunningWhenStoppedInMidStart(int millis) throws Exception {
        try (DataFolder folder = DataFolder.take(temporary.resolve("cut" + millis))) {
            EmbeddedPostgres server = new EmbeddedPostgres(folder);
            CompletableFuture<Void> start = CompletableFuture.runAsync(() -> {
                try {
                    server.start();
                } catch (EmbeddedPostgresException e) {
                    assertThat(e).hasMessageContaining("stopped while");
                }
            });

            await().pollDelay(Duration.ofMillis(millis)).until(() -> true);
            server.stop(FAST, IMMEDIATE);
            start.get();

            assertThat(server.isAlive()).isFalse();
            assertThat(ServerProcess.isUnderWay(folder.path())).isFalse();
            EmbeddedPostgres next = new EmbeddedPostgres(folder);
            next.start();
            next.stop(FAST, IMMEDIATE);
        }
    }

    /** Starts a holder in which programs of these names are replaced by scripts, and answers its first line. */
    private String hold(Path data, Map<String, String> programs, String... more) throws Exception {
        Path bin = Files.createTempDirectory(temporary, "bin");
        for (Map.Entry<String, String> program : programs.entrySet()) {
            Path script = bin.resolve(program.getKey());
            Files.writeString(script, "#!/bin/sh\n" + program.getValue() + "\n");
            Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                ServerHolder.class.getName(),
                data.toString()));
        command.addAll(List.of(more));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().merge("PATH", bin.toString(), (path, ours) -> ours + ":" + path);
        Process holder = builder.start();
        holders.add(holder);
        BufferedReader out = holder.inputReader(StandardCharsets.UTF_8);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith("up ") || line.startsWith("refused ")) {
                if (more.length > 0) {
                    holder.waitFor();
                }
                return line;
            }
        }
        throw new IllegalStateException("the holder ended without a word");
    }

    private void killHolder() {
        Process holder = holders.get(holders.size() - 1).destroyForcibly();
        holder.onExit().join();
    }

    private static Path reachable(String name) throws Exception {
        Path data = Files.createDirectory(temporary.resolve(name));
        for (Path path : List.of(temporary, data)) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx--x--x"));
        }
        return data;
    }
}
