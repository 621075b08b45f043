package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.engine.TestHandlers.Gate;
import dev.leasehold.engine.TestHandlers.Text;
import dev.leasehold.engine.run.HandlerThreads;
import dev.leasehold.store.LaneFence;
import dev.leasehold.store.Runs;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskSpec;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Starts, stops, deaths and the next owner. */
class EngineLifeTest {

    private static final Duration LONG = Duration.ofSeconds(40);

    @Test
    @Tag("row62")
    void givesItsLanesBackAtAStopSoThatTheNextOneHasThemAtOnce() {
        EngineFixture first =
                EngineFixture.start("", List.of(TestHandlers.echo())).awaitReady();
        long id = first.create(TaskSpec.of("echo", new Text("one")));
        await().atMost(LONG).untilAsserted(() -> assertThat(first.runs(id)).hasSize(1));

        first.stop();

        assertThat(first.count("SELECT count(*) FROM leasehold.lane WHERE owner IS NOT NULL"))
                .isZero();
        assertThat(first.count("SELECT count(*) FROM leasehold.node WHERE stopped_at IS NOT NULL"))
                .isEqualTo(1);
        EngineFixture second = EngineFixture.on(first.database(), "", List.of(TestHandlers.echo()))
                .awaitReady();
        long next = second.create(TaskSpec.of("echo", new Text("two")));
        await().atMost(LONG).untilAsserted(() -> assertThat(second.runs(next)).hasSize(1));
        assertThat(second.count("SELECT count(*) FROM leasehold.lane WHERE cautious_until IS NOT NULL"))
                .isZero();
        second.stop();
    }

    @Test
    @Tag("A12")
    void runsAgainWhatWasInFlightWhenItsNodeDiedAndStartsItWithCare() throws Exception {
        Gate gate = new Gate("gate");
        EngineFixture first = EngineFixture.start("", List.of(gate)).awaitReady();
        long id = first.create(TaskSpec.of("gate", new Text("long")));
        gate.awaitInside();
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(first.count("SELECT count(*) FROM leasehold.running"))
                        .isEqualTo(1));

        first.close(); // without goodbye: its connections are gone, as after kill -9

        Gate other = new Gate("gate");
        EngineFixture second =
                EngineFixture.on(first.database(), "", List.of(other)).awaitReady();
        assertThat(other.awaitInside().attempt())
                .as("an attempt lost to a dead node does not count")
                .isEqualTo(1);
        assertThat(second.count("SELECT crashes FROM leasehold.task WHERE id = " + id))
                .isEqualTo(1);
        assertThat(second.count("SELECT count(*) FROM leasehold.running WHERE cautious"))
                .isEqualTo(1);
        other.letGo(Outcome.success());
        await().atMost(LONG).untilAsserted(() -> assertThat(second.runs(id)).hasSize(1));
        second.stop();
    }

    @Test
    @Tag("A12")
    void quarantinesATaskThatWasInFlightAtThreeDeaths() {
        EngineFixture node =
                EngineFixture.start("", List.of(TestHandlers.echo())).awaitReady();
        node.execute("INSERT INTO leasehold.task (id, lane, due_at, type, payload, crashes)"
                + " VALUES (900001, 900001 % 32, clock_timestamp(), 'echo', '{\"text\":\"x\"}', 3)");

        await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(900001)).hasSize(1));

        Runs.Row run = node.runs(900001).get(0);
        assertThat(run.reason()).isEqualTo("poison");
        assertThat(node.task(900001).orElseThrow().state()).isEqualTo("needs_intervention");
        node.stop();
    }

    @Test
    void isAStandbyWhileTheOwnersOfTheLanesLive() {
        EngineFixture first =
                EngineFixture.start("", List.of(TestHandlers.echo())).awaitReady();
        EngineFixture second = EngineFixture.on(first.database(), "", List.of(TestHandlers.echo()))
                .awaitReady();

        assertThat(second.engine().status().standby()).isTrue();
        assertThat(second.engine().status().owned()).isEmpty();
        assertThat(first.engine().status().owned()).hasSize(32);
        first.stop();
        await().atMost(LONG)
                .untilAsserted(
                        () -> assertThat(second.engine().status().owned()).hasSize(32));
        second.stop();
    }

    @Test
    @Tag("A4")
    void endsAForgottenTransactionThatHoldsUpATakeOver() throws Exception {
        EngineFixture first =
                EngineFixture.start("", List.of(TestHandlers.echo())).awaitReady();
        first.stop();
        try (Connection forgotten = first.database().connect();
                Statement statement = forgotten.createStatement()) {
            forgotten.setAutoCommit(false);
            statement.execute("SELECT FROM leasehold.lane WHERE no = 5 FOR SHARE");

            EngineFixture second = EngineFixture.on(first.database(), "", List.of(TestHandlers.echo()))
                    .awaitReady();

            assertThat(second.engine().status().owned()).hasSize(32);
            assertThat(forgotten.isValid(1)).isFalse();
            second.stop();
        }
    }

    @Test
    @Tag("row60")
    void runsAJobOfBeforeACrashAtItsTimeAndNoneAgainThatWasDone() {
        List<dev.leasehold.task.TaskHandler<?>> handlers = List.of(TestHandlers.echo(), TestHandlers.fail());
        EngineFixture first = EngineFixture.start("", handlers).awaitReady();
        long done = first.create(TaskSpec.of("echo", new Text("done")));
        long failed = first.create(TaskSpec.of("fail", new TestHandlers.Times(100)));
        Instant soon = Instant.now().plusSeconds(4).truncatedTo(ChronoUnit.MILLIS);
        long planned = first.create(TaskSpec.of("echo", new Text("planned")).dueAt(soon));
        Instant later = soon.plusSeconds(3_600);
        long far = first.create(TaskSpec.of("echo", new Text("far")).dueAt(later));
        await().atMost(LONG)
                .until(() -> first.runs(done).size() == 1 && first.runs(failed).size() == 3);
        Instant crashed = Instant.now();
        first.execute("INSERT INTO leasehold.task (id, lane, due_at, type, payload)"
                + " VALUES (900001, 3, clock_timestamp() + interval '1 millisecond', 'echo', '{\"text\":\"missed\"}')");

        first.close();
        EngineFixture second = EngineFixture.on(first.database(), "", handlers).awaitReady();

        await().atMost(LONG)
                .until(() ->
                        second.runs(planned).size() == 1 && second.runs(900001).size() == 1);
        assertThat(second.runs(planned).get(0).dueAt()).isEqualTo(soon);
        assertThat(second.runs(planned).get(0).startedAt()).isAfterOrEqualTo(soon.minusMillis(5));
        assertThat(second.runs(900001).get(0).dueAt()).as("not planned anew").isBefore(crashed.plusSeconds(2));
        assertThat(second.task(far).orElseThrow().dueAt()).isEqualTo(later);
        assertThat(second.runs(done)).hasSize(1);
        assertThat(second.runs(failed)).hasSize(3);
        assertThat(second.task(failed).orElseThrow().state()).isEqualTo("needs_intervention");
        second.stop();
    }

    @Test
    void removesTasksThatWereCancelledLongAgoAndLooksAtTheDaysAhead() {
        EngineFixture node = EngineFixture.start("leasehold.engine.janitor-interval = 1s", List.of(TestHandlers.echo()))
                .awaitReady();
        node.execute("INSERT INTO leasehold.task (id, lane, state, due_at, type, payload, changed_at)"
                + " VALUES (900001, 1, 'cancelled', NULL, 'echo', '{}', clock_timestamp() - interval '31 days'),"
                + " (900002, 1, 'cancelled', NULL, 'echo', '{}', clock_timestamp() - interval '29 days')");

        await().atMost(LONG).until(() -> node.task(900001).isEmpty());
        assertThat(node.task(900002)).isPresent();
        await().atMost(LONG).until(() -> Objects.equals(node.engine().status().daysAhead(), 7));
        assertThat(node.engine().status().healthy()).isTrue();
        node.stop();
    }

    @Test
    void isNotHealthyWhenTheDaysForResultsComeToTheirEnd() {
        assertThat(status(2, 0).healthy()).isTrue();
        assertThat(status(1, 0).healthy()).isFalse();
    }

    @Test
    @Tag("H16")
    void isNotHealthyWhenMoreThreadsStayInsideThanHaveASubstitute() {
        assertThat(status(7, HandlerThreads.ZOMBIES_MAX).healthy()).isTrue();
        assertThat(status(7, HandlerThreads.ZOMBIES_MAX + 1).healthy()).isFalse();
    }

    private static EngineStatus status(int daysAhead, int zombies) {
        LaneFence fence = new LaneFence(0, 1, new UUID(1, 1));
        return new EngineStatus("n", 1, List.of(fence), false, false, null, false, 0, 0, daysAhead, zombies);
    }

    @Test
    @Tag("row26")
    void startsAlthoughAStepOfTheRestorationFails() {
        RestorationStep broken = step("broken", "SELECT * FROM nowhere");
        RestorationStep sound = step("sound", "SELECT 1");

        EngineFixture node = EngineFixture.restoring(List.of(broken, sound), List.of(TestHandlers.echo()))
                .awaitReady();

        assertThat(node.count("SELECT count(*) FROM leasehold.event WHERE type = 'restoration_failed'"
                        + " AND message LIKE '%broken%'"))
                .isEqualTo(1);
        assertThat(node.count("SELECT count(*) FROM leasehold.alert WHERE source = 'restoration/broken'"))
                .isEqualTo(1);
        assertThat(node.text("SELECT data::text FROM leasehold.event WHERE type = 'start'"))
                .contains("{\"sound\": 3, \"broken\": 0}");
        node.stop();
    }

    private static RestorationStep step(String name, String sql) {
        return new RestorationStep() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public int restore(Connection connection) throws Exception {
                try (Statement statement = connection.createStatement()) {
                    statement.execute(sql);
                }
                return 3;
            }
        };
    }
}
