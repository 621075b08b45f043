package dev.leasehold.engine.cycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("B10")
class ConfirmationTest {

    private final Confirmation confirmation = new Confirmation(Duration.ofSeconds(4), Duration.ofSeconds(8));

    private static long seconds(long seconds) {
        return Duration.ofSeconds(seconds).toNanos();
    }

    @Test
    void startsNothingBeforeTheFirstConfirmation() {
        assertThat(confirmation.allowsStarts(seconds(1))).isFalse();

        confirmation.confirm(seconds(1), seconds(1));

        assertThat(confirmation.allowsStarts(seconds(1))).isTrue();
    }

    @Test
    void suspendsAndThenCancelsOnceEach() {
        confirmation.confirm(seconds(0), seconds(0));

        assertThat(confirmation.look(seconds(4))).isEqualTo(Confirmation.Step.GO_ON);
        assertThat(confirmation.look(seconds(5))).isEqualTo(Confirmation.Step.SUSPEND);
        assertThat(confirmation.allowsStarts(seconds(5))).isFalse();
        assertThat(confirmation.look(seconds(6))).isEqualTo(Confirmation.Step.GO_ON);
        assertThat(confirmation.look(seconds(9))).isEqualTo(Confirmation.Step.CANCEL_RUNS);
        assertThat(confirmation.look(seconds(10))).isEqualTo(Confirmation.Step.GO_ON);
    }

    @Test
    void goesOnOnlyAfterAFreshStatement() {
        confirmation.confirm(seconds(0), seconds(0));
        confirmation.look(seconds(5));

        assertThat(confirmation.confirm(seconds(2), seconds(10))).isFalse();
        assertThat(confirmation.isSuspended()).isTrue();
        assertThat(confirmation.confirm(seconds(9), seconds(10))).isTrue();
        assertThat(confirmation.allowsStarts(seconds(10))).isTrue();
        assertThat(confirmation.look(seconds(14))).isEqualTo(Confirmation.Step.SUSPEND);
    }

    @Test
    void startsNothingAfterAPauseOfTheProcessAlthoughNobodyHasLookedYet() {
        confirmation.confirm(seconds(0), seconds(0));

        assertThat(confirmation.allowsStarts(seconds(60))).isFalse();
    }
}
