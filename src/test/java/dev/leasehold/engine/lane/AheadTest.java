package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class AheadTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private final Ahead ahead = new Ahead();

    private static Position at(int no) {
        return new Position(NOON.plusMillis(no), no);
    }

    @Test
    void walksFromTheFirstPlaceThatTheCursorHasNotPassed() {
        ahead.due(2, at(10), at(0));
        ahead.due(2, at(30), at(0));
        ahead.due(2, at(20), at(0));

        assertThat(ahead.isFresh(2, at(5))).isTrue();
        assertThat(ahead.isFresh(1, at(5))).as("another priority").isFalse();
        assertThat(ahead.fresh(2, at(5))).isEqualTo(at(10));
        ahead.freshWalked(2, null);
        assertThat(ahead.isFresh(2, at(5))).as("looked at").isFalse();
    }

    @Test
    void knowsWhatIsNewBehindACursorThatHasPassedWhatWasNewBefore() {
        ahead.due(2, at(10), at(0));
        ahead.due(2, at(30), at(0));

        assertThat(ahead.isFresh(2, at(31))).isFalse();
        assertThat(ahead.isFresh(2, at(30))).as("it stands right before it").isTrue();
        assertThat(ahead.fresh(2, at(20))).isEqualTo(at(20));
    }

    @Test
    void goesOnWhereAWalkEndedEvenIfSomethingBecameDueMeanwhile() {
        ahead.due(2, at(10), at(0));
        assertThat(ahead.fresh(2, at(5))).isEqualTo(at(10));
        ahead.due(2, at(50), at(0));
        ahead.freshWalked(2, at(20));

        assertThat(ahead.fresh(2, at(5))).isEqualTo(at(20));
        ahead.due(2, at(60), at(0));
        ahead.freshWalked(2, null);
        assertThat(ahead.isFresh(2, at(5))).isTrue();
        assertThat(ahead.fresh(2, at(5))).isEqualTo(at(60));
        ahead.freshWalked(2, null);
        assertThat(ahead.isFresh(2, at(5))).isFalse();
    }

    @Test
    void forgetsNothingByAWalkThatFailedOrThatTheCursorOvertook() {
        ahead.due(2, at(10), at(0));
        ahead.due(2, at(30), at(0));
        ahead.freshWalked(2, ahead.fresh(2, at(12)));

        assertThat(ahead.isFresh(2, at(13))).isTrue();
        assertThat(ahead.fresh(2, at(13))).isEqualTo(at(13));
    }

    @Test
    void walksWhereTheNewTaskLiesIfTheCursorHasPassedAllThatWasNewBefore() {
        ahead.due(2, at(10), at(0));
        ahead.due(2, at(50), at(11));

        assertThat(ahead.fresh(2, at(11))).isEqualTo(at(50));
    }
}
