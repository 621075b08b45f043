package dev.leasehold.engine.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.engine.plan.FailureRules.Failure;
import dev.leasehold.engine.plan.FailureRules.History;
import dev.leasehold.lease.LeaseException;
import dev.leasehold.store.Completion;
import dev.leasehold.store.Completion.Action;
import dev.leasehold.store.Completions.Standing;
import dev.leasehold.store.DueTask;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import dev.leasehold.task.RetryPolicy;
import java.net.ConnectException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What follows from the end of an attempt. */
class PlannerTest {

    private static final Instant DUE = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant END = DUE.plusSeconds(10);
    private static final String HOURLY = "{\"kind\":\"every\",\"interval\":\"PT1H\",\"mode\":\"fixed_rate\"}";
    private static final String HOURLY_IN_QUOTES = "'" + HOURLY + "'";
    private static final RetryPolicy RETRY = new RetryPolicy(3, Duration.ofSeconds(1), 2, Duration.ofMinutes(1), 0);

    private final Planner planner = new Planner(FailureRules.DEFAULT);

    private static DueTask task(@Nullable String schedule, int attempt, int leaseAttempts, int failures) {
        return task(schedule, DUE, null, attempt, leaseAttempts, 0, failures);
    }

    private static DueTask task(
            @Nullable String schedule,
            Instant due,
            @Nullable Instant runDue,
            int attempt,
            int leaseAttempts,
            int limitAttempts,
            int failures) {
        return new DueTask(
                7,
                3,
                2,
                due,
                runDue,
                11,
                1,
                attempt,
                leaseAttempts,
                limitAttempts,
                0,
                failures,
                "default",
                "t",
                "default",
                null,
                null,
                "{}",
                schedule,
                null,
                null);
    }

    private static Ending ending(Outcome outcome) {
        return new Ending(outcome, DUE, END, List.of(), List.of(), 0.5);
    }

    private Completion plan(DueTask task, Outcome outcome, History history) {
        return planner.plan(task, RETRY, ending(outcome), history);
    }

    @Test
    void closesAOneShotThatHasSucceeded() {
        Completion plan = plan(task(null, 1, 0, 0), Outcome.success(), History.NONE);

        assertThat(plan.action()).isEqualTo(Action.CLOSE);
        assertThat(plan.isFinal()).isTrue();
        assertThat(plan.version()).isEqualTo(11);
    }

    @Test
    void skipsDueTimesThatPassedAndForgetsFailuresAtASuccess() {
        Ending late = new Ending(Outcome.success(), DUE, DUE.plus(Duration.ofMinutes(150)), List.of(), List.of(), 0);

        Completion plan = planner.plan(task(HOURLY, 1, 0, 2), RETRY, late, History.NONE);

        assertThat(plan.action()).isEqualTo(Action.NEXT);
        assertThat(plan.dueAt()).isEqualTo(DUE.plus(Duration.ofHours(3)));
        assertThat(plan.consecutiveFailures()).isZero();
    }

    @Test
    void waitsLongerFromAttemptToAttemptAndAsLongAsTheOtherSideAsks() {
        Outcome failed = Outcome.failed(Reason.NETWORK, "no");

        assertThat(plan(task(null, 1, 0, 0), failed, History.NONE).dueAt()).isEqualTo(END.plusSeconds(1));
        assertThat(plan(task(null, 2, 0, 0), failed, History.NONE).dueAt()).isEqualTo(END.plusSeconds(2));
        assertThat(plan(task(null, 1, 0, 0), failed.retryAfter(Duration.ofMinutes(9)), History.NONE)
                        .dueAt())
                .isEqualTo(END.plusSeconds(540));
    }

    @Test
    void stopsAOneShotAtOnceWhenItsAttemptsAreUsedUp() {
        Completion plan = plan(task(null, 3, 0, 0), Outcome.failed(Reason.NETWORK, "no"), History.NONE);

        assertThat(plan.action()).isEqualTo(Action.INTERVENE);
        assertThat(plan.dueAt()).isNull();
        assertThat(plan.pattern()).contains("\"network\"");
    }

    @Test
    void doesNotRepeatWhatIsSetUpWrong() {
        assertThat(plan(task(null, 1, 0, 0), Outcome.failed(Reason.CONFIG, "no"), History.NONE)
                        .action())
                .isEqualTo(Action.INTERVENE);
    }

    @ParameterizedTest
    @CsvSource({"0, 0, NEXT", "1, 3, NEXT", "2, 0, INTERVENE", "0, 4, INTERVENE"})
    void stopsARecurringTaskAfterThreeFailedRunsInARowOrFiveInSevenDays(int before, int inWindow, Action action) {
        History history = new History(inWindow, List.of(new Failure("auth", "denied")));

        Completion plan = plan(task(HOURLY, 3, 0, before), Outcome.failed(Reason.AUTH, "denied"), history);

        assertThat(plan.action()).isEqualTo(action);
        assertThat(plan.consecutiveFailures()).isEqualTo(before + 1);
        if (action == Action.INTERVENE) {
            assertThat(plan.dueAt()).isEqualTo(END.plus(Duration.ofDays(7)));
        }
    }

    @Test
    void waitsForAProvidersLimitAndCountsNeitherAFaultNorAnAttempt() {
        Outcome limited = Outcome.failed(Reason.API_LIMIT, "later").retryAfter(Duration.ofHours(2));

        Completion plan = plan(task(HOURLY, DUE, null, 51, 1, 49, 2), limited, History.NONE);

        assertThat(plan.action()).isEqualTo(Action.RETRY);
        assertThat(plan.dueAt()).isEqualTo(END.plus(Duration.ofHours(2)));
        assertThat(plan.consecutiveFailures()).isEqualTo(2);
        assertThat(plan.limitAttempts()).isEqualTo(50);
        assertThat(plan.leaseAttempts()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"6, 4, RETRY, PT2S", "7, 4, INTERVENE,"})
    void allowsAllAttemptsToARunThatHasWaitedForAProvider(
            int attempt, int limitAttempts, Action action, @Nullable Duration wait) {
        DueTask task = task(null, DUE, null, attempt, 0, limitAttempts, 0);

        Completion plan = plan(task, Outcome.failed(Reason.NETWORK, "no"), History.NONE);

        assertThat(plan.action()).isEqualTo(action);
        if (wait != null) {
            assertThat(plan.dueAt()).isEqualTo(END.plus(wait));
            assertThat(plan.limitAttempts()).isEqualTo(limitAttempts);
        }
    }

    @Test
    void waitsLongerEachTimeForAProviderThatNamesNoTimeAlsoWhereRetriesComeAtOnce() {
        Outcome limited = Outcome.failed(Reason.API_LIMIT, "later");
        DueTask third = task(null, DUE, null, 5, 0, 2, 0);

        assertThat(plan(third, limited, History.NONE).dueAt()).isEqualTo(END.plusSeconds(4));
        assertThat(planner.plan(third, RetryPolicy.none(), ending(limited), History.NONE)
                        .dueAt())
                .isEqualTo(END.plusSeconds(4));
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "once",
            value = {"once", HOURLY_IN_QUOTES})
    void asksAPersonAboutAProviderThatSaysLaterForEver(@Nullable String schedule) {
        Outcome limited = Outcome.failed(Reason.API_LIMIT, "later");

        Completion plan = plan(task(schedule, DUE, null, 101, 0, 100, 0), limited, History.NONE);

        assertThat(plan.action()).isEqualTo(Action.INTERVENE);
        assertThat(plan.consecutiveFailures()).isZero();
        assertThat(plan.pattern()).contains("api_limit");
        assertThat(plan(task(schedule, DUE, null, 100, 0, 99, 0), limited, History.NONE)
                        .action())
                .isEqualTo(Action.RETRY);
    }

    @Test
    void runsNoTimeAgainWhoseScheduleBeganBetweenTwoMicroseconds() {
        String all = "{\"kind\":\"every\",\"interval\":\"PT1H\",\"mode\":\"fixed_rate\",\"misfire\":\"all\","
                + "\"start\":\"" + DUE.minus(Duration.ofHours(1)).plusNanos(400) + "\"}";
        Instant late = DUE.plus(Duration.ofHours(3));
        Ending done = new Ending(Outcome.success(), late, late, List.of(), List.of(), 0);

        Completion plan = planner.plan(task(all, DUE, null, 1, 0, 0, 0), RETRY, done, History.NONE);

        assertThat(plan.dueAt()).isEqualTo(DUE.plus(Duration.ofHours(1)));
    }

    @Test
    void goesOnFromWhereTheRunWasDueAndNotFromItsRetry() {
        String all = "{\"kind\":\"every\",\"interval\":\"PT1H\",\"mode\":\"fixed_rate\",\"misfire\":\"all\","
                + "\"start\":\"" + DUE + "\"}";
        Instant retry = DUE.plus(Duration.ofMinutes(150));
        Ending done = new Ending(Outcome.success(), retry, retry.plusSeconds(1), List.of(), List.of(), 0);

        Completion plan = planner.plan(task(all, retry, DUE, 2, 0, 0, 0), RETRY, done, History.NONE);

        assertThat(plan.dueAt()).isEqualTo(DUE.plus(Duration.ofHours(1)));
        assertThat(plan.runDueAt()).as("when this attempt was due").isEqualTo(retry);
    }

    @Test
    void givesARunThreeRestartsBecauseOfALeaseWhichAreNoAttemptsOfItsOwn() {
        Outcome lost = Outcome.failed(Reason.LEASE, "taken back");

        Completion third = plan(task(null, 3, 2, 0), lost, History.NONE);
        assertThat(third.action()).isEqualTo(Action.RETRY);
        assertThat(third.leaseAttempts()).isEqualTo(3);
        assertThat(third.dueAt()).isEqualTo(END);
        assertThat(plan(task(null, 4, 3, 0), lost, History.NONE).action()).isEqualTo(Action.INTERVENE);
        assertThat(plan(task(null, 4, 2, 0), Outcome.failed(Reason.NETWORK, "no"), History.NONE)
                        .action())
                .isEqualTo(Action.RETRY);
    }

    @ParameterizedTest
    @Tag("A7")
    @CsvSource({"cancelled, RECORD", "paused, RECORD", "active, NEXT", "needs_intervention, RECORD"})
    void recordsTheRunOfATaskThatWasStoppedMeanwhileAndLeavesTheTask(String state, Action action) {
        Standing standing = new Standing(7, false, 12L, state, HOURLY);

        Completion plan =
                planner.replan(task(HOURLY, 1, 0, 0), standing, RETRY, ending(Outcome.success()), History.NONE);

        assertThat(plan.action()).isEqualTo(action);
        assertThat(plan.version()).isEqualTo(12);
    }

    @Test
    @Tag("A7")
    void closesAPausedOneShotThatHasDoneItsWorkSinceItWouldRunAgainOtherwise() {
        Standing standing = new Standing(7, false, 12L, "paused", null);

        Completion plan = planner.replan(task(null, 1, 0, 0), standing, RETRY, ending(Outcome.success()), History.NONE);

        assertThat(plan.action()).isEqualTo(Action.CLOSE);
    }

    @Test
    void asksAPersonWhereTheScheduleCannotBeRead() {
        Completion plan = plan(task("{\"kind\":\"never\"}", 1, 0, 0), Outcome.success(), History.NONE);

        assertThat(plan.action()).isEqualTo(Action.INTERVENE);
        assertThat(plan.outcome()).isEqualTo("success");
        assertThat(plan.pattern()).contains("schedule");
    }

    @Test
    @Tag("B2")
    void replacesWhatTextColumnsRefuse() {
        Completion plan =
                plan(task(null, 1, 0, 0), Outcome.failed(Reason.NETWORK, "a\0b\uD800c\uD83D\uDE00"), History.NONE);

        assertThat(plan.error()).isEqualTo("a\uFFFDb\uFFFDc\uD83D\uDE00");
    }

    @Test
    void findsReasonsByTypesAndStatesNotByWords() {
        assertThat(Classify.reason(new SQLException("connection timeout 429", "42P01")))
                .isEqualTo(Reason.CONFIG);
        assertThat(Classify.reason(new SQLException("x", "08006"))).isEqualTo(Reason.NETWORK);
        assertThat(Classify.reason(new SQLException("x", "28P01"))).isEqualTo(Reason.AUTH);
        assertThat(Classify.reason(new IllegalStateException(new ConnectException("refused"))))
                .isEqualTo(Reason.NETWORK);
        assertThat(Classify.reason(new LeaseException(LeaseException.Kind.REVOKED, "x", null)))
                .isEqualTo(Reason.LEASE);
        assertThat(Classify.reason(new IllegalStateException("401 unauthorized, rate limit")))
                .isEqualTo(Reason.UNKNOWN);
    }
}
