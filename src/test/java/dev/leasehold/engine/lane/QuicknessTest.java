package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class QuicknessTest {

    private final Quickness quickness = new Quickness();

    private boolean isQuick(long micros) {
        return quickness.isQuick(Duration.ofNanos(micros * 1_000));
    }

    @Test
    void isQuickThatTakesLittleLongerThanTheShortestOfLate() {
        assertThat(isQuick(900)).isTrue();
        assertThat(isQuick(300)).isTrue();
        assertThat(isQuick(800)).isTrue();
        assertThat(isQuick(801)).isFalse();
    }

    @Test
    void learnsThatTheWayToTheServerHasBecomeLonger() {
        isQuick(300);
        for (int i = 0; i < 2 * Quickness.MEMORY; i++) {
            isQuick(3_000);
        }

        assertThat(isQuick(3_000)).isTrue();
        assertThat(isQuick(3_600)).isFalse();
    }

    @Test
    void remembersTheShortestForAWhile() {
        isQuick(300);
        for (int i = 0; i < Quickness.MEMORY; i++) {
            assertThat(isQuick(3_000)).isFalse();
        }
    }
}
