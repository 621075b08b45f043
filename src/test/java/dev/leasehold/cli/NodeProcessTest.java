package dev.leasehold.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.store.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program as a process of its own: what it says, how it ends, and what it leaves behind. */
class NodeProcessTest {

    private static final String READY = "Leasehold is ready:";

    @TempDir
    private Path folder;

    private final List<Process> nodes = new ArrayList<>();

    @AfterEach
    void killWhatIsLeft() {
        nodes.forEach(Process::destroyForcibly);
        processesOnFolder().forEach(ProcessHandle::destroyForcibly);
    }

    @Tag("row4")
    @Test
    void saysOnceAndShortlyThatTheDatabaseIsOutOfReach() throws Exception {
        Process node = start(Map.of("LEASEHOLD_DATABASE_URL", "jdbc:postgresql://anna:sesame@127.0.0.1:1/x"));

        assertThat(node.waitFor(60, TimeUnit.SECONDS)).isTrue();

        assertThat(node.exitValue()).isEqualTo(1);
        assertThat(errors().lines().filter(line -> line.startsWith("leasehold: ")))
                .hasSize(1)
                .first()
                .asString()
                .contains("jdbc:postgresql://127.0.0.1:1/x", "refused");
        assertThat(errors()).doesNotContain("\tat ").doesNotContain("sesame");
        assertThat(output()).isEmpty();
    }

    @Test
    void refusesAWrongValueWithStatusTwo() throws Exception {
        Process node = start(Map.of("LEASEHOLD_HTTP_PORT", "eighty"));

        assertThat(node.waitFor(60, TimeUnit.SECONDS)).isTrue();

        assertThat(node.exitValue()).isEqualTo(2);
        assertThat(errors().strip())
                .isEqualTo("leasehold: LEASEHOLD_HTTP_PORT (leasehold.http.port) is 'eighty'; allowed: a port from 0 to"
                        + " 65535 (0: any free port)");
        assertThat(output()).isEmpty();
        assertThat(folder.resolve("data")).doesNotExist();
    }

    @Test
    void refusesADataFolderThatCannotBeWrittenWithStatusTwo() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "no folder");
        Process node = start(Map.of("LEASEHOLD_DATA_DIR", file.resolve("data").toString()));

        assertThat(node.waitFor(60, TimeUnit.SECONDS)).isTrue();

        assertThat(node.exitValue()).isEqualTo(2);
        assertThat(errors().strip())
                .startsWith("leasehold: leasehold.data-dir (LEASEHOLD_DATA_DIR) is '" + file.resolve("data"))
                .contains("allowed: a folder that this user may write to");
    }

    @Test
    void refusesToBeReachedByOthersWithoutTlsWithStatusTwo() throws Exception {
        Process node = start(Map.of("LEASEHOLD_HTTP_HOST", "0.0.0.0"));

        assertThat(node.waitFor(60, TimeUnit.SECONDS)).isTrue();

        assertThat(node.exitValue()).isEqualTo(2);
        assertThat(errors().strip())
                .startsWith("leasehold: leasehold.http.host (LEASEHOLD_HTTP_HOST) is '0.0.0.0'")
                .contains("LEASEHOLD_HTTP_BEHIND_PROXY=on");
        assertThat(folder.resolve("data")).doesNotExist();
    }

    @Test
    void logsAJsonObjectALineWhenAskedTo() throws Exception {
        // Warns that it has no database of its own, and then refuses.
        Process node = start("start", Map.of("LEASEHOLD_LOG_FORMAT", "json", "LEASEHOLD_HTTP_HOST", "0.0.0.0"));
        assertThat(node.waitFor(60, TimeUnit.SECONDS)).isTrue();

        assertThat(errors().lines().filter(line -> !line.startsWith("leasehold: ")))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(Json.tree(line).has("formattedMessage"))
                        .as(line)
                        .isTrue());
    }

    @Test
    void refusesALogFormatThatItDoesNotKnow() throws Exception {
        Process node = start(Map.of("LEASEHOLD_LOG_FORMAT", "yaml"));

        assertThat(node.waitFor(60, TimeUnit.SECONDS)).isTrue();

        assertThat(node.exitValue()).isEqualTo(2);
        assertThat(errors().strip()).isEqualTo("leasehold: LEASEHOLD_LOG_FORMAT is 'yaml'; allowed: text, json");
    }

    @Test
    void endsOnSigtermWithinTwentySecondsAndLeavesNothing() throws Exception {
        Process node = start(Map.of());
        awaitReady(node);
        assertThat(processesOnFolder()).isNotEmpty();

        node.destroy();

        assertThat(node.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(node.exitValue()).isEqualTo(143);
        assertThat(processesOnFolder()).isEmpty();
        assertThat(Files.readString(folder.resolve("data/postgres/server.log")))
                .endsWith("database system is shut down\n");
        assertThat(output().lines().filter(line -> line.startsWith(READY))).hasSize(1);
        assertThat(errors()).doesNotContain("Exception", "timed out");
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(ints = {500, 1000, 2000, 3000, 4000, 5500, 7000})
    void leavesNothingWhenEndedInMidStart(int millis) throws Exception {
        Process node = start(Map.of());
        await().pollDelay(Duration.ofMillis(millis)).until(() -> true);

        node.destroy();

        assertThat(node.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(node.exitValue()).isEqualTo(143);
        await().atMost(Duration.ofSeconds(5)).until(() -> processesOnFolder().isEmpty());
        assertThat(errors()).doesNotContain("\tat ");
    }

    @Tag("long")
    @Test
    void startsAnewOnTheSameDataAfterBeingKilled() throws Exception {
        Process killed = start(Map.of());
        awaitReady(killed);
        killed.destroyForcibly().waitFor();
        List<ProcessHandle> survivors = processesOnFolder();
        assertThat(survivors).isNotEmpty();

        Process next = start(Map.of());
        awaitReady(next);

        assertThat(errors()).contains("for a node that is gone");
        assertThat(survivors).noneMatch(ProcessHandle::isAlive);
        Process second = start(Map.of());
        assertThat(second.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(second.exitValue()).isEqualTo(1);
        assertThat(errors()).contains("in use by another node (process " + next.pid() + ")");
        next.destroy();
        assertThat(next.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(processesOnFolder()).isEmpty();
    }

    private Process start(Map<String, String> environment) throws IOException {
        return start("start-dev", environment);
    }

    private Process start(String command, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        command)
                .redirectOutput(folder.resolve("out" + nodes.size()).toFile())
                .redirectError(folder.resolve("err" + nodes.size()).toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("LEASEHOLD_") || name.startsWith("DB_"));
        builder.environment()
                .putAll(Map.of(
                        "LEASEHOLD_DATA_DIR", folder.resolve("data").toString(),
                        "LEASEHOLD_HTTP_PORT", "0",
                        "LEASEHOLD_REMOTING_PORT", "0"));
        builder.environment().putAll(environment);
        Process node = builder.start();
        nodes.add(node);
        return node;
    }

    private void awaitReady(Process node) {
        await().atMost(Duration.ofSeconds(90)).until(() -> {
            assertThat(node.isAlive()).as(errors()).isTrue();
            return output().contains(READY);
        });
    }

    /** Servers below the folder; the node itself has it in its environment only. */
    private List<ProcessHandle> processesOnFolder() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains(folder.toString()))
                .toList();
    }

    private String output() throws IOException {
        return Files.readString(folder.resolve("out" + (nodes.size() - 1)));
    }

    private String errors() throws IOException {
        return Files.readString(folder.resolve("err" + (nodes.size() - 1)));
    }
}
