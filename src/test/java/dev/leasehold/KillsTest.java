package dev.leasehold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.store.Invariants;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node that is killed again and again while it drains: nothing is lost, nothing transactional doubled, and all that counts
 * agrees. Twenty kills of 200,000 tasks: {@code -Dleasehold.kills=20 -Dleasehold.kill-tasks=200000}; the moments follow
 * {@code -Dleasehold.kill-seed}.
 */
@Tag("long")
class KillsTest {

    private static final int KILLS = Integer.getInteger("leasehold.kills", 1);
    private static final int TASKS = Integer.getInteger("leasehold.kill-tasks", 4000);
    private static final long SEED = Long.getLong("leasehold.kill-seed", new Random().nextLong());

    /** One task in so many leaves a row. */
    private static final int EFFECT_EVERY = 4;

    /** So many must have ended since the start before the next kill: a task caught by three kills is rightly stopped. */
    private static final int ENDED_BETWEEN = TASKS / 100;

    private static final Duration LIMIT = Duration.ofMinutes(2);

    /** Of the time from "ready" to the first run that ends: a bar of 5 s, and time for a machine that does much else. */
    private static final Duration GOES_ON = Duration.ofSeconds(20);

    private static final String ENQUEUE = """
            SELECT count(leasehold.enqueue(CASE WHEN n %% %d = 0 THEN '%s' ELSE '%s' END, '{}'))
            FROM generate_series(1, %d) AS n
            """.formatted(EFFECT_EVERY, EffectNode.EFFECT, EffectNode.PLAIN, TASKS);

    private static final String ENDED = """
            SELECT coalesce(sum(executed), 0)
            FROM (SELECT executed FROM leasehold.stat UNION ALL SELECT executed FROM leasehold.stat_delta) AS s
            """;

    private static final String RECOUNT_DIFFERS = """
            SELECT count(*) FROM (
                SELECT type, count(*) FILTER (WHERE attempt = 1) AS found, count(*) FILTER (WHERE final) AS executed,
                       count(*) FILTER (WHERE NOT final) AS retried
                FROM leasehold.run GROUP BY type
            ) AS r
            FULL JOIN (
                SELECT type, sum(found) AS found, sum(executed) AS executed, sum(retried) AS retried
                FROM (
                    SELECT type, found, executed, retried FROM leasehold.stat
                    UNION ALL
                    SELECT type, found, executed, retried FROM leasehold.stat_delta
                ) AS s
                GROUP BY type
            ) AS s USING (type)
            WHERE (r.found, r.executed, r.retried) IS DISTINCT FROM (s.found, s.executed, s.retried)
            """;

    @TempDir
    private Path folder;

    private final Random random = new Random(SEED);
    private final List<Process> nodes = new ArrayList<>();

    @AfterEach
    void killWhatIsLeft() {
        nodes.forEach(Process::destroyForcibly);
        ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains(folder.toString()))
                .forEach(ProcessHandle::destroyForcibly);
    }

    @Tag("row51")
    @Test
    void losesAndDoublesNothingHoweverOftenItIsKilled() throws Exception {
        say("seed " + SEED + ", " + KILLS + " kills, " + TASKS + " tasks");
        Process node = start();
        awaitReady(node);
        execute("CREATE TABLE effect (task_id bigint NOT NULL)"); // no key: an effect that came twice must be seen
        execute(ENQUEUE);

        for (long threshold : thresholds()) {
            long ended = kill(node, threshold);
            long killedAt = System.currentTimeMillis();
            node = start();
            long readyAt = awaitReady(node);
            Duration wait = awaitNextEnd(killedAt, readyAt);
            say("killed when " + ended + " had ended; ready after " + (readyAt - killedAt) + " ms, the next run ended "
                    + wait.toMillis() + " ms after that");
            assertThat(wait).isLessThan(GOES_ON);
        }
        // As long as it gets on: the lanes of a killed node are cautious for a minute.
        awaitEnded(TASKS);

        assertNothingLostOrDoubled();
        node.destroy();
        assertThat(node.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }

    private void assertNothingLostOrDoubled() throws SQLException {
        await().atMost(LIMIT).until(() -> count("SELECT count(*) FROM leasehold.task") == 0);
        assertThat(count("SELECT count(DISTINCT task_id) FROM leasehold.run WHERE final AND outcome = 'success'"))
                .isEqualTo(TASKS);
        assertThat(count("SELECT count(*) FROM leasehold.run WHERE final")).isEqualTo(TASKS);
        assertThat(count("SELECT count(*) FROM effect")).isEqualTo(TASKS / EFFECT_EVERY);
        assertThat(count(
                        "SELECT count(*) FROM leasehold.run r FULL JOIN effect e USING (task_id)" + " WHERE (r.type = '"
                                + EffectNode.EFFECT + "' AND r.final) IS DISTINCT FROM (e.task_id IS NOT NULL)"))
                .isZero();
        assertThat(count(RECOUNT_DIFFERS)).isZero();
        assertThat(count("SELECT count(*) FROM leasehold.running")).isZero();
        try (Connection connection = connect()) {
            assertThat(Invariants.look(connection)).isEmpty();
        }
        String cycles = " FROM leasehold.event WHERE type = 'check_cycle'";
        long total = count("SELECT value FROM leasehold.setting WHERE name = 'check_cycles'");
        assertThat(total).isPositive();
        assertThat(count("SELECT count(*)" + cycles)).isGreaterThanOrEqualTo(total);
        assertThat(count("SELECT count(*) - count(DISTINCT data ->> 'cycle')" + cycles))
                .isZero();
        assertThat(count("SELECT count(*) - max((data ->> 'cycle')::bigint)" + cycles))
                .isZero();
        say(TASKS + " tasks, " + TASKS / EFFECT_EVERY + " effects, " + total + " check cycles, all as they must be");
    }

    /** How many must have ended before each kill: anywhere in the drain, in order. */
    private List<Long> thresholds() {
        return random.longs(KILLS, TASKS / 50, TASKS * 4L / 5).sorted().boxed().toList();
    }

    /** Kills it once so many have ended and a moment more has gone; answers how many had ended by then. */
    private long kill(Process node, long threshold) throws Exception {
        awaitEnded(Math.min(Math.max(threshold, count(ENDED) + ENDED_BETWEEN), TASKS));
        await().pollDelay(Duration.ofMillis(random.nextInt(1, 40))).until(() -> true);
        node.destroyForcibly().waitFor();
        return count(ENDED);
    }

    private void awaitEnded(long many) {
        long[] last = {-1};
        while (last[0] < many) {
            long before = last[0];
            await("more than " + before + " ended")
                    .atMost(LIMIT)
                    .pollInterval(Duration.ofMillis(25))
                    .until(() -> {
                        last[0] = count(ENDED);
                        return last[0] > before;
                    });
        }
    }

    /** From "ready" to the end of the next run; negative where that came first. */
    private Duration awaitNextEnd(long killedAt, long readyAt) {
        String next = "SELECT coalesce(extract(epoch FROM min(finished_at)) * 1000, 0)::bigint FROM leasehold.run"
                + " WHERE finished_at > to_timestamp(" + killedAt + " / 1000.0)";
        long[] at = {0};
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(20)).until(() -> {
            at[0] = count(next);
            return at[0] > 0;
        });
        return Duration.ofMillis(at[0] - readyAt);
    }

    private Process start() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        EffectNode.class.getName())
                .redirectOutput(folder.resolve("out" + nodes.size()).toFile())
                .redirectError(folder.resolve("err" + nodes.size()).toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("LEASEHOLD_") || name.startsWith("DB_"));
        builder.environment().put("LEASEHOLD_DATA_DIR", folder.resolve("data").toString());
        builder.environment().put("LEASEHOLD_HTTP_PORT", "0");
        builder.environment().put("LEASEHOLD_REMOTING_PORT", "0");
        Process node = builder.start();
        nodes.add(node);
        return node;
    }

    /** When it was ready, in milliseconds since 1970. */
    private long awaitReady(Process node) throws IOException {
        Path out = folder.resolve("out" + (nodes.size() - 1));
        await().atMost(LIMIT).until(() -> {
            assertThat(node.isAlive())
                    .as(Files.readString(folder.resolve("err" + (nodes.size() - 1))))
                    .isTrue();
            return Files.readString(out).contains(EffectNode.READY);
        });
        return Files.readAllLines(out).stream()
                .filter(line -> line.startsWith(EffectNode.READY))
                .mapToLong(line ->
                        Long.parseLong(line.substring(EffectNode.READY.length()).strip()))
                .findFirst()
                .orElseThrow();
    }

    private Connection connect() throws SQLException {
        try {
            Path server = folder.resolve("data/postgres");
            String port = Files.readAllLines(server.resolve("data/postmaster.pid"))
                    .get(3)
                    .strip();
            return DriverManager.getConnection(
                    "jdbc:postgresql://127.0.0.1:" + port + "/leasehold?ApplicationName=observer",
                    "leasehold",
                    Files.readString(server.resolve("leasehold.secret")).strip());
        } catch (IOException e) {
            throw new SQLException("no server is there", e);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private long count(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    private static void say(String line) {
        System.out.println("kills: " + line);
    }
}
