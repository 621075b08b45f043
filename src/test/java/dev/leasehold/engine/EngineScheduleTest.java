package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.engine.TestHandlers.Nothing;
import dev.leasehold.engine.TestHandlers.Text;
import dev.leasehold.schedule.Schedule;
import dev.leasehold.schedule.ScheduleRules;
import dev.leasehold.store.Runs;
import dev.leasehold.store.TaskRow;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import dev.leasehold.task.TaskSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a schedule's rules do to runs: late ones that are left out, long ones that the next due time ends. */
class EngineScheduleTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    @SuppressWarnings("NullAway.Init")
    private static EngineFixture node;

    @BeforeAll
    static void start() {
        AtomicBoolean failed = new AtomicBoolean();
        node = EngineFixture.start(
                        "",
                        List.of(
                                TestHandlers.echo(),
                                TestHandlers.of(
                                        "late-once",
                                        Nothing.class,
                                        (payload, context) -> failed.compareAndSet(false, true)
                                                ? Outcome.failed(Reason.NETWORK, "no")
                                                        .retryAfter(Duration.ofSeconds(2))
                                                : Outcome.success()),
                                TestHandlers.of("forever", Nothing.class, (payload, context) -> {
                                    new CountDownLatch(1).await();
                                    return Outcome.success();
                                })))
                .awaitReady();
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static Schedule eachHalfSecond(ScheduleRules rules) {
        return Schedule.fixedRate(Duration.ofMillis(500)).with(rules);
    }

    @Test
    void leavesOutARunThatComesTooLateAndGoesOnWithTheNext() {
        Schedule hourly = Schedule.fixedRate(Duration.ofHours(1))
                .with(ScheduleRules.NONE.withMisfire(ScheduleRules.Misfire.SKIP));
        long id = node.create(TaskSpec.of("echo", new Text("late")).schedule(hourly));
        await().atMost(LONG).until(() -> !node.runs(id).isEmpty());

        node.execute(
                "UPDATE leasehold.task SET due_at = due_at - interval '150 minutes', version = version + 1 WHERE id = "
                        + id);
        TaskRow late = node.task(id).orElseThrow();
        node.engine().changed(late);

        await().atMost(LONG).until(() -> node.runs(id).size() >= 2);
        Runs.Row run = node.runs(id).stream()
                .filter(each -> each.runNo() == late.runNo())
                .findFirst()
                .orElseThrow();
        assertThat(run.outcome()).isEqualTo("skipped");
        assertThat(run.isFinal()).isTrue();
        // Two of the times that passed meanwhile are left out: it goes on with the one of the start, or has done so.
        assertThat(node.task(id).orElseThrow().dueAt()).isAfter(run.dueAt().plus(Duration.ofHours(1)));
    }

    @Test
    void makesUpForTheTimesThatPassedWhileARetryWasWaitedFor() {
        long id = node.create(TaskSpec.of("late-once", new Nothing())
                .schedule(eachHalfSecond(ScheduleRules.NONE.withMisfire(ScheduleRules.Misfire.ALL))));

        await().atMost(LONG).until(() -> node.runs(id).stream().anyMatch(run -> run.runNo() == 5));
        node.execute("UPDATE leasehold.task SET state = 'cancelled', version = version + 1 WHERE id = " + id);

        List<Runs.Row> runs = node.runs(id).stream()
                .filter(run -> run.runNo() <= 5)
                .sorted(Comparator.comparing(Runs.Row::runNo).thenComparing(Runs.Row::attempt))
                .toList();
        assertThat(runs).extracting(Runs.Row::runNo).containsExactly(1, 1, 2, 3, 4, 5);
        Instant first = runs.get(0).dueAt();
        assertThat(runs.get(1).dueAt()).isAfterOrEqualTo(first.plusSeconds(2));
        Instant second = runs.get(2).dueAt();
        assertThat(second).isAfter(first).isBeforeOrEqualTo(first.plusMillis(500));
        for (Runs.Row run : runs.subList(3, runs.size())) {
            assertThat(run.dueAt()).isEqualTo(second.plusMillis(500L * (run.runNo() - 2)));
        }
    }

    @Test
    void endsARunWhoseNextDueTimeHasComeWhereTheScheduleSaysSo() {
        long id = node.create(TaskSpec.of("forever", new Nothing())
                .schedule(eachHalfSecond(ScheduleRules.NONE.withOverlap(ScheduleRules.Overlap.CANCEL))));

        await().atMost(LONG).until(() -> node.runs(id).size() >= 2);

        assertThat(node.runs(id)).extracting(Runs.Row::outcome).containsOnly("cancelled");
        node.execute("UPDATE leasehold.task SET state = 'cancelled', version = version + 1 WHERE id = " + id);
    }
}
