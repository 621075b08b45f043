package dev.leasehold.admin.auth;

import dev.leasehold.admin.http.Principal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Sessions of browsers, on this node and for its life: a restart asks people to log in again. A session ends after half an
 * hour without a call, and after twelve hours in any case.
 */
public final class Sessions {

    /** Browsers keep a cookie of this name to this host and to encrypted or local connections. */
    public static final String COOKIE = "__Host-leasehold";

    static final Duration IDLE = Duration.ofMinutes(30);
    static final Duration LONGEST = Duration.ofHours(12);
    private static final int MOST = 1000;

    private final Clock clock;
    private final Map<String, Session> sessions = new LinkedHashMap<>();

    public Sessions(Clock clock) {
        this.clock = clock;
    }

    private record Session(Principal principal, Instant startedAt, Instant usedAt) {}

    /** Begins a session; its id is the cookie's value. Beyond a thousand, the oldest ends. */
    public synchronized String begin(Principal principal) {
        Instant now = clock.instant();
        sessions.values().removeIf(session -> ended(session, now));
        if (sessions.size() >= MOST) {
            sessions.remove(sessions.keySet().iterator().next());
        }
        String id = Secrets.random(128);
        sessions.put(Secrets.sha256(id), new Session(principal, now, now));
        return id;
    }

    /** Whose session it is; counts as a use. */
    public synchronized Optional<Principal> use(String id) {
        Optional<Principal> principal = look(id);
        sessions.computeIfPresent(
                Secrets.sha256(id),
                (hash, session) -> new Session(session.principal(), session.startedAt(), clock.instant()));
        return principal;
    }

    /** Whose session it is, without keeping it alive: for what a page does by itself. */
    public synchronized Optional<Principal> look(String id) {
        String hash = Secrets.sha256(id);
        Session session = sessions.get(hash);
        if (session == null || ended(session, clock.instant())) {
            sessions.remove(hash);
            return Optional.empty();
        }
        return Optional.of(session.principal());
    }

    public synchronized void end(String id) {
        sessions.remove(Secrets.sha256(id));
    }

    private static boolean ended(Session session, Instant now) {
        return now.isAfter(session.usedAt().plus(IDLE))
                || now.isAfter(session.startedAt().plus(LONGEST));
    }

    /** The header that gives a session to a browser. */
    static String cookie(String id) {
        return COOKIE + "=" + id + "; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=" + LONGEST.toSeconds();
    }

    /** The header that takes it back. */
    static String noCookie() {
        return COOKIE + "=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0";
    }
}
