package dev.leasehold.type.oauth;

import java.time.Duration;
import java.time.Instant;

/** When tokens are refreshed: well before they end, and not all at the same moment. */
final class RefreshTimes {

    private static final Duration LEAST_MARGIN = Duration.ofMinutes(5);
    private static final Duration SKEW = Duration.ofSeconds(60);
    private static final Duration SOONEST = Duration.ofSeconds(10);
    private static final Duration LATE_REPLAY = Duration.ofSeconds(90);
    private static final double JITTER = 0.1;

    private RefreshTimes() {}

    /** How long before their end they are refreshed: five minutes or a tenth of their life, at most half of it. */
    private static Duration margin(Instant issuedAt, Instant expiresAt) {
        Duration life = Duration.between(issuedAt, expiresAt);
        Duration tenth = life.dividedBy(10);
        Duration margin = tenth.compareTo(LEAST_MARGIN) > 0 ? tenth : LEAST_MARGIN;
        Duration half = life.dividedBy(2);
        Duration bounded = margin.compareTo(half) > 0 ? half : margin;
        // Clocks differ and calls take time: a token with less than this left is not good any more.
        return bounded.compareTo(SKEW) < 0 ? SKEW : bounded;
    }

    /** When to refresh next; {@code random} between 0 and 1 spreads connections that were made together. */
    static Instant due(Instant issuedAt, Instant expiresAt, Instant now, double random) {
        double factor = 1 - JITTER + 2 * JITTER * random;
        long margin = (long) ((double) margin(issuedAt, expiresAt).toMillis() * factor);
        Instant due = expiresAt.minusMillis(margin);
        Instant soonest = now.plus(SOONEST);
        return due.isBefore(soonest) ? soonest : due;
    }

    /** Whether there is nothing to do yet; leaves room for every jitter of {@link #due}. */
    static boolean fresh(Instant issuedAt, Instant expiresAt, Instant now) {
        long margin = (long) ((double) margin(issuedAt, expiresAt).toMillis() * (1 + 2 * JITTER));
        return now.isBefore(expiresAt.minusMillis(margin));
    }

    /**
     * When a refresh token whose answer was lost is sent a second time to a strict provider: late, since that may end
     * the access token that still works.
     */
    static Instant lateReplay(Instant expiresAt) {
        return expiresAt.minus(LATE_REPLAY);
    }
}
