package dev.leasehold.admin.auth;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** Codes by which whoever reads the node's standard output gets a session: each works once, for ten minutes. */
public final class LoginCodes {

    static final Duration VALID = Duration.ofMinutes(10);
    private static final int MOST = 100;

    private final Clock clock;
    private final Map<String, Instant> endings = new LinkedHashMap<>();

    public LoginCodes(Clock clock) {
        this.clock = clock;
    }

    /** A new code. Beyond a hundred unused ones, the oldest ends. */
    public synchronized String issue() {
        Instant now = clock.instant();
        endings.values().removeIf(end -> end.isBefore(now));
        if (endings.size() >= MOST) {
            endings.remove(endings.keySet().iterator().next());
        }
        String code = Secrets.random(192);
        endings.put(Secrets.sha256(code), now.plus(VALID));
        return code;
    }

    /** True the first time, within its time. */
    public synchronized boolean redeem(String code) {
        Instant end = endings.remove(Secrets.sha256(code));
        return end != null && !clock.instant().isAfter(end);
    }
}
