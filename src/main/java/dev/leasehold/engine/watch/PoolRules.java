package dev.leasehold.engine.watch;

import dev.leasehold.engine.watch.AlertRule.Level;
import dev.leasehold.lease.PoolStatus;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What may be wrong with one pool, judged look by look; no clock and no database of its own. */
final class PoolRules {

    static final String SATURATED = "pool_saturated";
    static final String WAITING = "pool_waiting";
    static final String TIMEOUTS = "pool_timeouts";
    static final String LEAKS = "pool_leaks";

    /** Everything that there is an alert for. */
    static final List<String> NAMES = List.of(SATURATED, WAITING, TIMEOUTS, LEAKS);

    private final PoolAlertSettings settings;
    private final AlertRule saturated;
    private final AlertRule waiting;
    private final AlertRule timeouts;
    private final AlertRule leaks;
    private final CountWithin timedOut;
    private final CountWithin leaked;
    private final Map<String, String> open = new LinkedHashMap<>();

    PoolRules(PoolAlertSettings settings) {
        this.settings = settings;
        this.saturated = new AlertRule(settings.saturatedFor(), settings.clearAfter());
        this.waiting = new AlertRule(settings.waitingFor(), settings.clearAfter());
        this.timeouts = new AlertRule(Duration.ZERO, settings.clearAfter());
        this.leaks = new AlertRule(Duration.ZERO, settings.clearAfter());
        this.timedOut = new CountWithin(settings.timeoutsWithin());
        this.leaked = new CountWithin(settings.leaksWithin());
    }

    /** What is wrong after this look, each with what was seen when it began. */
    Map<String, String> see(PoolStatus status, long now) {
        String pool = "pool " + status.pool().label();
        // Connections that are being taken back are of no more use than leased ones.
        int inUse = status.checkedOut() + status.retiring();
        int percent = 100 * inUse / Math.max(1, status.max());
        Level full = percent >= settings.saturatedPercent()
                ? Level.BAD
                : percent < settings.saturatedClearPercent() ? Level.WELL : Level.BETWEEN;
        set(
                SATURATED,
                saturated.see(full, now),
                inUse + " of the " + status.max() + " connections of " + pool + " have been in use for "
                        + settings.saturatedFor());
        set(
                WAITING,
                waiting.see(status.waiting() > 0 ? Level.BAD : Level.WELL, now),
                "requests have been waiting for a lease of " + pool + " for " + settings.waitingFor() + ", "
                        + status.waiting() + " of them now");
        long late = timedOut.see(status.timeouts(), now);
        set(
                TIMEOUTS,
                timeouts.see(level(late, settings.timeouts(), settings.timeouts() / 2), now),
                late + " requests for a lease of " + pool + " have waited in vain within " + settings.timeoutsWithin());
        long lost = leaked.see(status.leaked(), now);
        set(
                LEAKS,
                leaks.see(level(lost + status.suspects(), settings.leaks(), 0), now),
                lost + " leases of " + pool + " have leaked within " + settings.leaksWithin() + ", and "
                        + status.suspects() + " look as if they would");
        return Map.copyOf(open);
    }

    private static Level level(long count, int bad, int well) {
        return count >= bad ? Level.BAD : count <= well ? Level.WELL : Level.BETWEEN;
    }

    private void set(String name, boolean firing, String message) {
        if (firing) {
            open.putIfAbsent(name, message);
        } else {
            open.remove(name);
        }
    }
}
