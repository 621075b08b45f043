package dev.leasehold.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.testing.TestPostgres;
import dev.leasehold.type.secret.KeyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes as processes of their own on one database: the second waits, and goes on with the work of the killed first. */
@Tag("long")
class TwoNodesTest {

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int TASKS = 200;

    private static final String ENQUEUE = """
            SELECT leasehold.enqueue(
                'sql',
                jsonb_build_object(
                    'statement', 'INSERT INTO effect (n) SELECT ?::int FROM pg_sleep(0.1)',
                    'parameters', jsonb_build_array(n)),
                key => 'effect-' || n)
            FROM generate_series(1, 200) AS n
            """;

    @TempDir
    private Path folder;

    private final TestPostgres.Database database = TestPostgres.freshDatabase();
    private final List<Process> nodes = new ArrayList<>();

    @AfterEach
    void killWhatIsLeft() {
        nodes.forEach(Process::destroyForcibly);
    }

    @Tag("row51")
    @Tag("row54")
    @Test
    void goesOnWithTheWorkOfAKilledNodeWithoutLosingOrDoublingAny() throws Exception {
        Process first = start("a");
        awaitReady("a", first);
        Process second = start("b");
        awaitReady("b", second);
        assertThat(owners()).hasSize(1);
        String killed = owners().get(0);
        // No key that would refuse a second one: an effect that came twice must be seen.
        database.execute("CREATE TABLE effect (n int NOT NULL)");
        database.execute(ENQUEUE);
        await().atMost(LIMIT).until(() -> count("SELECT count(*) FROM effect") >= TASKS / 10);

        first.destroyForcibly().waitFor();

        long before = count("SELECT count(*) FROM effect");
        assertThat(before).isLessThan(TASKS);
        await().atMost(LIMIT)
                .until(() -> count("SELECT count(*) FROM leasehold.run WHERE final AND type = 'sql'") >= TASKS);
        assertThat(count("SELECT count(DISTINCT n) FROM effect")).isEqualTo(TASKS);
        assertThat(count("SELECT count(*) FROM effect")).isEqualTo(TASKS);
        assertThat(count("SELECT count(*) FROM leasehold.run WHERE final AND outcome = 'success'"))
                .isEqualTo(TASKS);
        assertThat(count("SELECT sum(executed) FROM (SELECT executed FROM leasehold.stat"
                        + " UNION ALL SELECT executed FROM leasehold.stat_delta) AS s"))
                .isEqualTo(TASKS);
        assertThat(count("SELECT count(*) FROM leasehold.running")).isZero();
        assertThat(owners()).hasSize(1).doesNotContain(killed);
        second.destroy();
        assertThat(second.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(second.exitValue()).isEqualTo(143);
        // Numbers of check cycles go on over the death of a node: none is missing, none comes twice.
        String cycles = " FROM leasehold.event WHERE type = 'check_cycle'";
        long total = count("SELECT value FROM leasehold.setting WHERE name = 'check_cycles'");
        assertThat(total).isPositive();
        assertThat(count("SELECT count(*)" + cycles)).isEqualTo(total);
        assertThat(count("SELECT count(DISTINCT data ->> 'cycle')" + cycles)).isEqualTo(total);
        assertThat(count("SELECT max((data ->> 'cycle')::bigint)" + cycles)).isEqualTo(total);
    }

    private Process start(String name) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "start")
                .redirectOutput(folder.resolve(name + ".out").toFile())
                .redirectError(folder.resolve(name + ".err").toFile());
        var environment = builder.environment();
        environment.keySet().removeIf(variable -> variable.startsWith("LEASEHOLD_") || variable.startsWith("DB_"));
        environment.put("LEASEHOLD_DATABASE_URL", database.url());
        environment.put("LEASEHOLD_DATABASE_USER", database.user());
        environment.put("LEASEHOLD_DATABASE_PASSWORD", database.password());
        environment.put("LEASEHOLD_DATA_DIR", folder.resolve(name).toString());
        environment.put("LEASEHOLD_HTTP_PORT", "0");
        environment.put("LEASEHOLD_REMOTING_PORT", "0");
        Path key = folder.resolve("a").resolve(KeyFile.NAME);
        if (Files.exists(key)) {
            // Made by the first; all nodes need the same.
            environment.put("LEASEHOLD_KEY_FILE", key.toString());
        }
        Process node = builder.start();
        nodes.add(node);
        return node;
    }

    private void awaitReady(String name, Process node) {
        await().atMost(LIMIT).until(() -> {
            assertThat(node.isAlive())
                    .as(Files.readString(folder.resolve(name + ".err")))
                    .isTrue();
            return Files.readString(folder.resolve(name + ".out")).contains("Leasehold is ready:");
        });
    }

    private List<String> owners() throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT DISTINCT coalesce(owner, '') FROM leasehold.lane")) {
            List<String> owners = new ArrayList<>();
            while (row.next()) {
                owners.add(row.getString(1));
            }
            return owners;
        }
    }

    private long count(String sql) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }
}
