package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import dev.leasehold.engine.cycle.CheckCycle;
import dev.leasehold.engine.cycle.SessionCounters;
import dev.leasehold.engine.flush.Settled;
import dev.leasehold.engine.lane.Ready;
import dev.leasehold.engine.plan.Ending;
import dev.leasehold.engine.plan.FailureRules;
import dev.leasehold.engine.plan.Planner;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.LaneFence;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.RetryPolicy;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who hears of the end of a run, and when. */
class EngineSwitchTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    @Test
    @Tag("A11")
    void leavesItToTheRunThatWaitsForItsRecordToFreeItsSlot() {
        ActorTestKit kit = ActorTestKit.create();
        try {
            TestProbe<CheckCycle.Command> cycle = kit.createTestProbe();
            TestProbe<Settled> run = kit.createTestProbe();
            SessionCounters counters = new SessionCounters(new SimpleMeterRegistry());
            EngineSwitch news = new EngineSwitch(counters);
            news.connect(cycle.ref());
            Settled waitedFor = settled(1, run);
            Settled other = settled(2, null);

            news.settled(List.of(waitedFor, other));

            assertThat(run.receiveMessage()).isEqualTo(waitedFor);
            assertThat(cycle.receiveMessage()).isEqualTo(new CheckCycle.SettledRuns(List.of(other)));
            news.settled(waitedFor); // by the run, when it knows whether its thread stays
            assertThat(cycle.receiveMessage()).isEqualTo(new CheckCycle.SettledRuns(List.of(waitedFor)));
        } finally {
            kit.shutdownTestKit();
        }
    }

    private static Settled settled(long id, @org.jspecify.annotations.Nullable TestProbe<Settled> replyTo) {
        DueTask task =
                new DueTask(id, 0, 2, NOON, 1, 1, 1, 0, 0, 0, "default", "t", null, null, "{}", null, null, null);
        Ending ending = new Ending(Outcome.success(), NOON, NOON, List.of(), List.of(), 0);
        return new Settled(
                new Ready(task, new LaneFence(0, 1, new UUID(1, 1)), false),
                new Planner(FailureRules.DEFAULT).plan(task, RetryPolicy.none(), ending, FailureRules.History.NONE),
                Settled.How.WRITTEN,
                2,
                replyTo == null ? null : replyTo.ref());
    }
}
