package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.engine.TestHandlers.Nothing;
import dev.leasehold.engine.TestHandlers.Text;
import dev.leasehold.engine.TestHandlers.Times;
import dev.leasehold.schedule.Cron;
import dev.leasehold.schedule.Schedule;
import dev.leasehold.store.Runs;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import dev.leasehold.task.TaskSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The whole way of a task on the real PostgreSQL: lane, check cycle, run actor, flush. */
class EngineRunsTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    @SuppressWarnings("NullAway.Init")
    private static EngineFixture node;

    @BeforeAll
    static void start() {
        List<dev.leasehold.task.TaskHandler<?>> handlers = new ArrayList<>(TestHandlers.plain());
        handlers.add(
                TestHandlers.of("nul", Nothing.class, (payload, context) -> Outcome.success(Map.of("text", "a\0b"))));
        handlers.add(TestHandlers.of(
                "later",
                Nothing.class,
                (payload, context) -> Outcome.success().nextDueAt(Instant.parse("2900-01-01T00:00:00Z"))));
        handlers.add(TestHandlers.of("limited", Times.class, (payload, context) -> {
            if (context.attempt() <= payload.times()) {
                return Outcome.failed(Reason.API_LIMIT, "later");
            }
            return context.attempt() <= payload.times() + 2 ? Outcome.failed(Reason.NETWORK, "no") : Outcome.success();
        }));
        String settings = "leasehold.pool.leak-outside = 20s\nleasehold.engine.failures.limit-waits = 5";
        node = EngineFixture.start(settings, handlers).awaitReady();
    }

    @AfterAll
    static void stop() {
        node.stop();
    }

    @Test
    void runsATaskThatIsDueNowAndKeepsItsHistory() {
        long id = node.create(TaskSpec.of("echo", new Text("hello")));

        Runs.Row run = lastRun(id);
        assertThat(run.outcome()).isEqualTo("success");
        assertThat(run.result()).isEqualTo("{\"said\": \"hello\"}");
        assertThat(run.log()).contains("attempt 1");
        assertThat(node.task(id)).isEmpty();
    }

    @Test
    void startsATaskAtItsDueTimeAndNotBefore() {
        Instant due = Instant.now().plusMillis(700);
        long id = node.create(TaskSpec.of("echo", new Text("later")).dueAt(due));

        Runs.Row run = lastRun(id);
        assertThat(run.startedAt()).isAfterOrEqualTo(due.minusMillis(5));
        assertThat(run.startedAt()).isBefore(due.plusSeconds(2));
    }

    @Test
    void runsRecurringTasksAgainAndAgain() {
        long every = node.create(
                TaskSpec.of("echo", new Text("every")).schedule(Schedule.fixedRate(Duration.ofMillis(200))));
        long cron = node.create(TaskSpec.of("echo", new Text("cron")).schedule(Cron.of("* * * * * *", ZoneOffset.UTC)));

        await().atMost(LONG).untilAsserted(() -> {
            assertThat(node.runs(every)).hasSizeGreaterThanOrEqualTo(3);
            assertThat(node.runs(cron)).hasSizeGreaterThanOrEqualTo(2);
        });
        assertThat(node.task(every).orElseThrow().state()).isEqualTo("active");
        node.execute("UPDATE leasehold.task SET state = 'cancelled', version = version + 1 WHERE id IN (" + every + ", "
                + cron + ")");
    }

    @Test
    void attemptsAFailedRunAgainAndCountsTheAttempts() {
        long id = node.create(TaskSpec.of("fail", new Times(2)));

        await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(id)).hasSize(3));
        assertThat(node.runs(id)).extracting(Runs.Row::outcome).containsExactly("failed", "failed", "success");
        assertThat(node.runs(id)).extracting(Runs.Row::attempt).containsExactly(1, 2, 3);
        assertThat(node.runs(id)).extracting(Runs.Row::isFinal).containsExactly(false, false, true);
        assertThat(node.runs(id)).extracting(Runs.Row::reason).containsExactly("network", "network", null);
    }

    @Test
    void waitsForAProviderBesideTheAttemptsOfTheRunButNotForEver() {
        long waits = node.create(TaskSpec.of("limited", new Times(4)));
        long forEver = node.create(TaskSpec.of("limited", new Times(100)));

        await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(waits)).hasSize(7));
        assertThat(node.runs(waits).get(6).outcome()).isEqualTo("success");
        await().atMost(LONG)
                .untilAsserted(() ->
                        assertThat(node.task(forEver).orElseThrow().state()).isEqualTo("needs_intervention"));
        assertThat(node.runs(forEver)).hasSize(6);
    }

    @Test
    void countsARunOnceInTheSessionThoughItIsAttemptedAgain() throws Exception {
        try (EngineFixture own = EngineFixture.start("", TestHandlers.plain()).awaitReady()) {
            long id = own.create(TaskSpec.of("fail", new Times(2)));

            await().atMost(LONG).untilAsserted(() -> assertThat(own.runs(id)).hasSize(3));
            assertThat(own.engine().session().found()).isEqualTo(1);
        }
    }

    @Test
    void stopsAOneShotWhoseAttemptsAreUsedUpAndSaysSo() {
        long id = node.create(TaskSpec.of("fail", new Times(100)));

        await().atMost(LONG)
                .untilAsserted(
                        () -> assertThat(node.task(id).orElseThrow().state()).isEqualTo("needs_intervention"));
        assertThat(node.runs(id)).hasSize(3);
        assertThat(node.text("SELECT pattern ->> 'reason' FROM leasehold.task WHERE id = " + id))
                .contains("network");
        assertThat(node.count("SELECT count(*) FROM leasehold.alert WHERE source = 'task/" + id + "'"))
                .isEqualTo(1);
        assertThat(node.count("SELECT count(*) FROM leasehold.event WHERE type = 'job_failed' AND task_id = " + id))
                .isEqualTo(1);
    }

    @Test
    void stopsARecurringTaskAfterThreeFailedRunsInARow() {
        long id = node.create(TaskSpec.of("fail", new Times(100))
                .retry(dev.leasehold.task.RetryPolicy.none())
                .schedule(Schedule.fixedDelay(Duration.ofMillis(100))));

        await().atMost(LONG)
                .untilAsserted(
                        () -> assertThat(node.task(id).orElseThrow().state()).isEqualTo("needs_intervention"));
        assertThat(node.runs(id)).hasSize(3);
        assertThat(node.task(id).orElseThrow().dueAt()).isAfter(Instant.now().plus(Duration.ofDays(6)));
    }

    @Test
    @Tag("row18")
    @Tag("H16")
    void restartsARunWhoseLeaseWasTakenBackAndFailsItAfterThreeRestarts() {
        long id = node.create(TaskSpec.of("leak", new Nothing()));

        await().atMost(LONG.multipliedBy(3)) // four leases of a second each, and what it takes to take them back
                .untilAsserted(
                        () -> assertThat(node.task(id).orElseThrow().state()).isEqualTo("needs_intervention"));
        assertThat(node.runs(id)).extracting(Runs.Row::attempt).containsExactly(1, 2, 3, 4);
        assertThat(node.runs(id)).extracting(Runs.Row::reason).containsOnly("lease");
        assertThat(node.runs(id)).extracting(Runs.Row::isFinal).containsExactly(false, false, false, true);
        // On a machine that stands still for a second, a lease may be over before its statement came.
        await().atMost(LONG)
                .untilAsserted(
                        () -> assertThat(node.count("SELECT count(*) FROM leasehold.revoked_lease WHERE type = 'leak'"
                                        + " AND cause = 'expired' AND (sql IS NULL OR sql = 'SELECT 1')"
                                        + " AND task_id = '" + id + "'"))
                                .isEqualTo(4));
    }

    @Test
    void failsForGoodWhereThePayloadIsNotTheTypes() {
        Instant before = Instant.now();
        long id = node.read(connection -> {
            try (java.sql.Statement statement = connection.createStatement();
                    java.sql.ResultSet row =
                            statement.executeQuery("SELECT leasehold.enqueue('echo', '{\"nope\": 1}')")) {
                row.next();
                return Long.parseLong(row.getString(1));
            }
        });

        Runs.Row run = lastRun(id);
        assertThat(run.outcome()).isEqualTo("failed");
        assertThat(run.reason()).isEqualTo("config");
        assertThat(run.error()).contains("nope");
        // Told by the notification, not found by an idle look.
        assertThat(Duration.between(before, run.startedAt())).isLessThan(Duration.ofMillis(1500));
    }

    @Test
    @Tag("row46")
    void letsATaskThatCannotBeReadStopNeitherOtherTypesNorItsOwn() {
        long broken = 900_001;
        node.execute("INSERT INTO leasehold.task (id, lane, due_at, type, payload, schedule) VALUES (" + broken
                + ", 1, 'epoch', 'echo', '{\"no\":1}', '{\"kind\":\"of no sense\"}')");
        node.execute("SELECT pg_notify('leasehold', '1')");
        long same = node.create(TaskSpec.of("echo", new Text("of its type")));
        long other = node.create(TaskSpec.of("fail", new Times(0)));

        assertThat(lastRun(same).outcome()).isEqualTo("success");
        assertThat(lastRun(other).outcome()).isEqualTo("success");
        assertThat(lastRun(broken).reason()).isEqualTo("config");
        await().atMost(LONG)
                .until(() -> node.count("SELECT count(*) FROM leasehold.event WHERE type = 'job_failed'"
                                + " AND task_id = 900001 AND task_type = 'echo' AND message LIKE '%no%'")
                        == 1);
        assertThat(node.task(broken).orElseThrow().state())
                .as("seen by a person")
                .isEqualTo("needs_intervention");
    }

    @Test
    void runsATaskThatIsLateHoweverLongAgoItWasDue() {
        node.execute("INSERT INTO leasehold.task (id, lane, due_at, type, payload)"
                + " VALUES (900002, 2, '1900-01-01', 'echo', '{\"text\":\"old\"}')");
        node.execute("SELECT pg_notify('leasehold', '2')");

        assertThat(lastRun(900_002).outcome()).isEqualTo("success");
    }

    @Test
    void putsATaskOffForAsLongAsTheTableCanHold() {
        Instant far = Instant.parse("2900-01-01T00:00:00Z");
        long id = node.create(TaskSpec.of("later", new Nothing()));

        assertThat(lastRun(id).outcome()).isEqualTo("success");
        assertThat(node.task(id).orElseThrow().dueAt()).isEqualTo(far);
    }

    @Test
    @Tag("B2")
    void storesAResultThatTheDatabaseRefusesAsFailedAndTheOthersAsTheyAre() {
        long bad = node.create(TaskSpec.of("nul", new Nothing()));
        long good = node.create(TaskSpec.of("echo", new Text("beside")));

        assertThat(lastRun(good).outcome()).isEqualTo("success");
        Runs.Row run = lastRun(bad);
        assertThat(run.outcome()).isEqualTo("failed");
        assertThat(run.reason()).isEqualTo("unknown");
        assertThat(run.error()).contains("22P05");
    }

    @Test
    @Tag("row51")
    void leavesNoGapInTheNumbersOfCycles() {
        lastRun(node.create(TaskSpec.of("echo", new Text("cycle"))));

        await().atMost(LONG)
                .untilAsserted(
                        () -> assertThat(node.count("SELECT count(*) FROM leasehold.event WHERE type = 'check_cycle'"
                                        + " AND (data ->> 'found')::int > 0"))
                                .isPositive());
        await().atMost(LONG).untilAsserted(() -> assertThat(node.count("""
                        SELECT (SELECT value FROM leasehold.setting WHERE name = 'check_cycles')
                             - count(DISTINCT (data ->> 'cycle')::bigint) FROM leasehold.event WHERE type = 'check_cycle'
                        """)).isZero());
    }

    private static Runs.Row lastRun(long id) {
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(node.runs(id))
                        .anySatisfy(run -> assertThat(run.isFinal()).isTrue()));
        List<Runs.Row> runs = node.runs(id);
        return runs.get(runs.size() - 1);
    }
}
