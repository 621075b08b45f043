package dev.leasehold.admin.auth;

import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A bucket of requests for each caller, which fills by and by. Callers that rest are forgotten when there are many: theirs
 * is full again in any case, unless thousands knock within a moment.
 */
public final class RateLimit {

    private static final int MOST_CALLERS = 10_000;
    private static final double MILLIS = 1000.0;

    private final Clock clock;
    private final int perSecond;
    private final int burst;

    /** In the order of their last request. */
    private final Map<String, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
            return size() > MOST_CALLERS;
        }
    };

    public RateLimit(Clock clock, int perSecond, int burst) {
        this.clock = clock;
        this.perSecond = perSecond;
        this.burst = burst;
    }

    private record Bucket(double left, long atMillis) {}

    /** Takes one request out of the caller's bucket: zero when there was one, else how long until there is. */
    public synchronized Duration take(String caller) {
        long now = clock.millis();
        Bucket bucket = buckets.getOrDefault(caller, new Bucket(burst, now));
        // A clock that was set back must not empty it.
        double filled = Math.max(0, now - bucket.atMillis()) / MILLIS * perSecond;
        double left = Math.min(burst, bucket.left() + filled);
        if (left >= 1) {
            buckets.put(caller, new Bucket(left - 1, now));
            return Duration.ZERO;
        }
        buckets.put(caller, new Bucket(left, now));
        return Duration.ofMillis((long) Math.ceil((1 - left) / perSecond * MILLIS));
    }
}
