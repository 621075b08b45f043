package dev.leasehold.engine.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.engine.lane.Ready;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.LaneFence;
import dev.leasehold.task.TaskType;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** An end that believes that the ledger has no entry of its run must be right. */
class RunStateTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    record Nothing() {}

    private static RunState run(boolean cautious) {
        DueTask task = new DueTask(1, 0, 2, NOON, 1, 1, 1, 0, 0, 0, "default", "t", null, null, "{}", null, null, null);
        return new RunState(
                new Ready(task, new LaneFence(0, 1, new UUID(1, 1)), cautious),
                TaskType.of("t", Nothing.class),
                NOON,
                0);
    }

    @Test
    void anEntryThatIsOnItsWayIsKnownAtTheEnd() {
        RunState run = run(false);

        assertThat(run.claimForLedger()).isTrue();
        assertThat(run.claimForLedger()).isTrue(); // it is renewed
        assertThat(run.endsOutsideLedger()).isFalse();
    }

    @Test
    void noEntryIsMadeOfARunThatHasEnded() {
        RunState run = run(false);

        assertThat(run.endsOutsideLedger()).isTrue();
        assertThat(run.endsOutsideLedger()).isTrue();
        assertThat(run.claimForLedger()).isFalse();
    }

    @Test
    void aCautiousRunWasEnteredBeforeItBegan() {
        assertThat(run(true).endsOutsideLedger()).isFalse();
    }
}
