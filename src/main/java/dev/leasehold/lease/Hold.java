package dev.leasehold.lease;

import java.time.Duration;
import java.util.Optional;

/**
 * How long a lease may be held, from the grant on, and how long to wait for the grant.
 *
 * @param atMost positive; at most the pool's hard cap
 * @param waitAtMost positive; empty for the pool's own limit ({@code DB_POOL_TIMEOUT}, 30 s)
 */
public record Hold(Duration atMost, Optional<Duration> waitAtMost) {

    public Hold {
        positive("hold", atMost);
        waitAtMost.ifPresent(wait -> positive("wait", wait));
    }

    public static Hold atMost(Duration limit) {
        return new Hold(limit, Optional.empty());
    }

    /** The same hold, but denied when it is not granted within so long. */
    public Hold waitingAtMost(Duration wait) {
        return new Hold(atMost, Optional.of(wait));
    }

    private static void positive(String what, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException("a " + what + " must be positive, not " + value);
        }
    }
}
