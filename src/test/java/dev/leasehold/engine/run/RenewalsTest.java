package dev.leasehold.engine.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.engine.lane.Ready;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.LaneFence;
import dev.leasehold.task.TaskType;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Turns of the ledger when there are more long runs than one statement takes. */
class RenewalsTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    record Nothing() {}

    private static RunState run(long id) {
        DueTask task =
                new DueTask(id, 0, 2, NOON, 1, 1, 1, 0, 0, 0, "default", "t", null, null, "{}", null, null, null);
        Ready ready = new Ready(task, new LaneFence(0, 1, new UUID(1, 1)), false);
        return new RunState(ready, TaskType.of("t", Nothing.class), NOON, 0);
    }

    @Test
    void entersEveryRunOnceAndRenewsEachOncePerRoundHoweverManyThereAre() {
        List<RunState> runs =
                LongStream.rangeClosed(1, 2_500).mapToObj(RenewalsTest::run).toList();
        Renewals renewals = new Renewals();
        for (int i = 0; i < 3; i++) {
            renewals.next(runs).forEach(RunState::enteredNow);
        }
        assertThat(runs).allMatch(RunState::entered);
        assertThat(renewals.next(runs)).isEmpty();

        for (int round = 0; round < 2; round++) {
            Set<Long> renewed = new HashSet<>();
            renewals.begin();
            for (int i = 0; i < 3; i++) {
                renewals.begin(); // its time comes again while a round goes on
                renewals.next(runs)
                        .forEach(each -> assertThat(renewed.add(each.taskId())).isTrue());
            }
            assertThat(renewed).hasSize(2_500);
            assertThat(renewals.next(runs)).isEmpty();
        }
    }

    @Test
    void entersANewRunAlthoughARoundGoesOn() {
        List<RunState> runs =
                LongStream.rangeClosed(1, 2_000).mapToObj(RenewalsTest::run).toList();
        runs.subList(0, 1_999).forEach(RunState::enteredNow);
        Renewals renewals = new Renewals();
        renewals.begin();

        assertThat(renewals.next(runs)).hasSize(Renewals.BATCH_MAX).first().isSameAs(runs.get(1_999));
    }
}
