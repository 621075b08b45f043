package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.task.StartRate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RatedKeysTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final StartRate RATE = new StartRate(1, Duration.ofSeconds(1));

    @Test
    void restsUntilTheTimeThatTheCycleWakesUpAt() {
        RatedKeys keys = new RatedKeys();
        keys.rates(Map.of("t", RATE));
        assertThat(keys.holdsBack("k", "t", NOW)).as("not counted yet").isTrue();
        assertThat(keys.earliest()).isNull();
        assertThat(keys.takeToCount()).hasSize(1);

        keys.counted("t", "k", RATE, List.of(NOW));

        assertThat(keys.holdsBack("k", "t", NOW)).isTrue();
        Instant next = NOW.plusMillis(1_010);
        assertThat(keys.earliest()).isEqualTo(next);
        assertThat(keys.takeRested(next.minusNanos(1))).isEmpty();
        assertThat(keys.takeRested(next)).containsExactly("k");
        assertThat(keys.holdsBack("k", "t", next)).isFalse();
        assertThat(keys.earliest()).isNull();
    }

    @Test
    void countsAgainWhatItHasForgotten() {
        RatedKeys keys = new RatedKeys();
        keys.rates(Map.of("t", RATE));
        for (int i = 0; i <= 2_000; i++) {
            keys.counted("t", "k" + i, RATE, List.of(NOW));
        }

        assertThat(keys.holdsBack("k0", "t", NOW.plusSeconds(9))).isTrue();

        assertThat(keys.takeToCount()).extracting(RatedKeys.Rest::key).containsExactly("k0");
        assertThat(keys.holdsBack("k2000", "t", NOW.plusSeconds(9))).isFalse();
    }
}
