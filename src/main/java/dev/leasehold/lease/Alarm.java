package dev.leasehold.lease;

import akka.actor.typed.javadsl.TimerScheduler;
import java.time.Duration;

/** One timer for the earliest of many deadlines; it is moved only when an earlier one turns up. */
final class Alarm<C> {

    private static final Duration APART_MIN = Duration.ofMillis(10);

    private final TimerScheduler<C> timers;
    private final C tick;
    private long nextAt;
    private boolean set;

    /** @param tick what the timer says */
    Alarm(TimerScheduler<C> timers, C tick) {
        this.timers = timers;
        this.tick = tick;
    }

    /** Rings no later than so many nanoseconds from now. */
    void within(long nanos, long now) {
        long delay = Math.max(nanos, APART_MIN.toNanos());
        if (!isSetWithin(nanos, now)) {
            set = true;
            nextAt = now + delay;
            timers.startSingleTimer(tick, Duration.ofNanos(delay));
        }
    }

    /** True when it rings by then anyway. */
    boolean isSetWithin(long nanos, long now) {
        return set && now + Math.max(nanos, APART_MIN.toNanos()) - nextAt >= 0;
    }

    /** To be told when it has rung. */
    void rang() {
        set = false;
    }
}
