package dev.leasehold.lease;

import java.time.Duration;

/**
 * How long a lease may be held, from the grant on.
 *
 * @param atMost positive; at most the pool's hard cap
 */
public record Hold(Duration atMost) {

    public Hold {
        if (atMost.isNegative() || atMost.isZero()) {
            throw new IllegalArgumentException("a hold must be positive, not " + atMost);
        }
    }

    public static Hold atMost(Duration limit) {
        return new Hold(limit);
    }
}
