package dev.leasehold.engine.cycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("A8")
class SlowPassTest {

    private final SlowPass pass = new SlowPass(Duration.ofSeconds(30));

    @Test
    void staysARoundWhenANodeThatOwnedNothingTakesAllLanes() {
        assertThat(pass.pace(0)).isEmpty();
        assertThat(pass.pace(1)).contains(Duration.ofSeconds(30));
        assertThat(pass.pace(1)).isEmpty();
        assertThat(pass.pace(30)).contains(Duration.ofSeconds(1));
    }
}
