package dev.leasehold.engine.cycle;

import java.time.Duration;

/**
 * How long ago the database last confirmed that this node owns its lanes. A node that hears nothing may have lost them without
 * knowing: after a while it starts no runs, and after a while longer it cancels those under way.
 */
final class Confirmation {

    /** What follows from the silence. */
    enum Step {
        GO_ON,
        SUSPEND,
        CANCEL_RUNS
    }

    private final Duration suspendAfter;
    private final Duration cancelAfter;
    private long at;
    private boolean everConfirmed;
    private boolean suspended;
    private boolean cancelled;

    Confirmation(Duration suspendAfter, Duration cancelAfter) {
        this.suspendAfter = suspendAfter;
        this.cancelAfter = cancelAfter;
    }

    /** Runs may be started. */
    boolean allowsStarts(long nowNanos) {
        // The age is looked at here too: after a pause of the process, this may come before the look that suspends.
        return everConfirmed && !suspended && age(nowNanos).compareTo(suspendAfter) <= 0;
    }

    boolean isSuspended() {
        return suspended;
    }

    /**
     * A statement sent at that time was answered; what counts is the sending, since the answer may be old.
     *
     * @return true when this ends a suspension
     */
    boolean confirm(long sentNanos, long nowNanos) {
        if (!everConfirmed || sentNanos - at > 0) {
            at = sentNanos;
            everConfirmed = true;
        }
        if (suspended && age(nowNanos).compareTo(suspendAfter) < 0) {
            suspended = false;
            cancelled = false;
            return true;
        }
        return false;
    }

    /** Each step is told once a silence. */
    Step look(long nowNanos) {
        if (!everConfirmed) {
            return Step.GO_ON;
        }
        if (!suspended && age(nowNanos).compareTo(suspendAfter) > 0) {
            suspended = true;
            return Step.SUSPEND;
        }
        if (suspended && !cancelled && age(nowNanos).compareTo(cancelAfter) > 0) {
            cancelled = true;
            return Step.CANCEL_RUNS;
        }
        return Step.GO_ON;
    }

    Duration age(long nowNanos) {
        return Duration.ofNanos(nowNanos - at);
    }
}
