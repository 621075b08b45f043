package dev.leasehold.engine.cycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.store.LaneFence;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("A8")
class SlowPassTest {

    private final SlowPass pass = new SlowPass(Duration.ofSeconds(30));

    private static final List<LaneFence> LANES = List.of(
            new LaneFence(3, 1, new UUID(0, 3)),
            new LaneFence(5, 1, new UUID(0, 5)),
            new LaneFence(6, 1, new UUID(0, 6)));

    @Test
    void goesRoundTheLanesAndAsksForATimerAfterEach() {
        for (int lane : new int[] {3, 5, 6, 3}) {
            assertThat(pass.timer(3, 1)).contains(Duration.ofSeconds(10));
            assertThat(pass.next(LANES)).map(LaneFence::lane).contains(lane);
        }
    }

    @Test
    void staysARoundWhenANodeThatOwnedNothingTakesAllLanes() {
        assertThat(pass.timer(0, 1)).isEmpty();
        assertThat(pass.timer(1, 1)).contains(Duration.ofSeconds(30));
        assertThat(pass.timer(30, 1)).as("sooner than the one that is set").contains(Duration.ofSeconds(1));
    }

    @Test
    void staysARoundWhenALaneTakesManyPieces() {
        assertThat(pass.timer(10, 15)).contains(Duration.ofMillis(200));
        pass.next(LANES);
        assertThat(pass.timer(10, 1)).contains(Duration.ofSeconds(3));
    }

    @Test
    void doesNotSetATimerAnewThatRingsSoonEnough() {
        assertThat(pass.timer(10, 2)).isPresent();
        assertThat(pass.timer(10, 2)).isEmpty();
        assertThat(pass.timer(10, 1)).isEmpty();
        assertThat(pass.timer(10, 3)).isPresent();
    }

    @Test
    void asksForATimerAgainWhenLanesComeBackAfterItRangInVain() {
        assertThat(pass.timer(1, 1)).isPresent();
        assertThat(pass.next(List.of())).isEmpty();
        assertThat(pass.timer(0, 1)).isEmpty();
        assertThat(pass.timer(2, 1)).contains(Duration.ofSeconds(15));
    }
}
