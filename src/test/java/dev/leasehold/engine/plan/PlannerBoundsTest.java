package dev.leasehold.engine.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.engine.plan.FailureRules.History;
import dev.leasehold.store.Completion;
import dev.leasehold.store.Completion.Action;
import dev.leasehold.store.DueTask;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import dev.leasehold.task.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What handlers and others may say, and what no column and no cursor could hold. */
class PlannerBoundsTest {

    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    private final Planner planner = new Planner(FailureRules.DEFAULT);

    private Completion plan(Outcome outcome, @Nullable String schedule) {
        DueTask task =
                new DueTask(1, 0, 2, NOW, 1, 1, 1, 0, 3, 0, "default", "echo", null, null, "{}", schedule, null, null);
        Ending ending = new Ending(outcome, NOW, NOW, List.of(), List.of(), 0.5);
        return planner.plan(task, RetryPolicy.none(), ending, History.NONE);
    }

    @Test
    void putsAnAttemptOffForAYearAtMost() {
        Outcome limited = Outcome.failed(Reason.API_LIMIT, "later").retryAfter(Duration.ofSeconds(Long.MAX_VALUE));
        assertThat(plan(limited, null).dueAt()).isEqualTo(NOW.plus(Duration.ofDays(366)));
    }

    @Test
    void boundsADueTimeThatNoColumnHolds() {
        assertThat(plan(Outcome.success().nextDueAt(Instant.MAX), null).dueAt()).isBefore(Instant.MAX);
        assertThat(plan(Outcome.success().nextDueAt(Instant.MIN), null).dueAt()).isEqualTo(Instant.EPOCH);
    }

    @Test
    @Tag("A12")
    void quarantinesARecurringTaskAtItsThirdCrash() {
        Outcome poison = Outcome.failed(Reason.POISON, "three nodes").permanent();
        Completion plan = plan(poison, "{\"kind\":\"every\",\"interval\":\"PT1M\",\"mode\":\"fixed_delay\"}");
        assertThat(plan.action()).isEqualTo(Action.INTERVENE);
        assertThat(plan.dueAt()).isEqualTo(NOW.plus(Duration.ofDays(7)));
    }
}
