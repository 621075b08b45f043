package dev.leasehold.admin.auth;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Slows down guessing at the login: five wrong attempts of one address are free, each further one doubles the wait, up to
 * a minute. Ten quiet minutes forget all.
 */
public final class Throttle {

    private static final int FREE = 5;
    private static final Duration LONGEST = Duration.ofMinutes(1);
    private static final Duration FORGET = Duration.ofMinutes(10);
    private static final int MOST = 10_000;

    private final Clock clock;
    private final Map<String, Failures> failures = new LinkedHashMap<>();

    public Throttle(Clock clock) {
        this.clock = clock;
    }

    private record Failures(int count, Instant lastAt) {}

    /** How long this address has to wait before it may try; zero when it may now. */
    public synchronized Duration wait(String address) {
        Failures seen = failures.get(address);
        Instant now = clock.instant();
        if (seen == null || seen.count() < FREE || now.isAfter(seen.lastAt().plus(FORGET))) {
            return Duration.ZERO;
        }
        Duration pause = Duration.ofSeconds(1L << Math.min(seen.count() - FREE, 6));
        Duration capped = pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
        Duration left = Duration.between(now, seen.lastAt().plus(capped));
        return left.isNegative() ? Duration.ZERO : left;
    }

    public synchronized void failed(String address) {
        Instant now = clock.instant();
        failures.values().removeIf(seen -> now.isAfter(seen.lastAt().plus(FORGET)));
        if (failures.size() >= MOST) {
            failures.remove(failures.keySet().iterator().next());
        }
        Failures seen = failures.getOrDefault(address, new Failures(0, now));
        failures.put(address, new Failures(seen.count() + 1, now));
    }

    public synchronized void succeeded(String address) {
        failures.remove(address);
    }
}
