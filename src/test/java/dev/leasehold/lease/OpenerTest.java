package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How openers of many nodes keep out of each other's way. */
class OpenerTest {

    private static final Duration WAIT = Duration.ofSeconds(2);

    /** Two thousand values and two hundred draws: that they are all the same happens to nobody. */
    @Test
    @Tag("H31")
    void spreadsItsWaitsOverTheirSecondHalf() {
        Set<Duration> waits = new HashSet<>();
        for (int no = 0; no < 200; no++) {
            waits.add(Opener.jitter(WAIT));
        }

        assertThat(waits)
                .hasSizeGreaterThan(50)
                .allSatisfy(wait -> assertThat(wait).isBetween(WAIT.dividedBy(2), WAIT));
    }
}
