package dev.leasehold.engine.cycle;

import java.time.Duration;
import java.util.Optional;

/**
 * How long the check cycle waits at most before it looks although nothing woke it: short while there are active tasks, long
 * when there are none. When that cannot be told, the last known value holds. Pure.
 */
public final class IdleInterval {

    /** A change, with its reason. */
    public record Change(Duration from, Duration to, String reason) {}

    private final Duration min;
    private final Duration max;
    private Duration now;
    private boolean degraded;

    /** Starts short: that there is nothing to do must be seen first. */
    public IdleInterval(Duration min, Duration max) {
        this.min = min;
        this.max = max;
        this.now = min;
    }

    public Duration now() {
        return now;
    }

    /** True while it could not be told whether there are active tasks. */
    public boolean degraded() {
        return degraded;
    }

    /** A look has told whether tasks are active in this node's lanes. */
    public Optional<Change> seen(boolean active) {
        degraded = false;
        Duration wanted = active ? min : max;
        if (wanted.equals(now)) {
            return Optional.empty();
        }
        Change change = new Change(now, wanted, active ? "there are active tasks" : "there are no active tasks");
        now = wanted;
        return Optional.of(change);
    }

    /** The look failed: the value is kept; true the first time, which is worth a record. */
    public boolean unknown() {
        boolean first = !degraded;
        degraded = true;
        return first;
    }
}
