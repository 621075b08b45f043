package dev.leasehold.engine.watch;

import java.time.Duration;

/**
 * When something that is wrong becomes an alert, and when that is over.
 *
 * <pre>
 *   QUIET --bad--> PENDING --bad for so long--> FIRING --well--> CALMING --well for so long--> QUIET
 *     ^---not bad-----'                           ^---not well------'
 * </pre>
 *
 * What lies between bad and well changes nothing, so that a number which plays around a limit makes one alert.
 */
final class AlertRule {

    /** How things are at one look. */
    enum Level {
        BAD,
        BETWEEN,
        WELL
    }

    private enum State {
        QUIET,
        PENDING,
        FIRING,
        CALMING
    }

    private final long fireAfter;
    private final long clearAfter;
    private State state = State.QUIET;
    private long since;

    AlertRule(Duration fireAfter, Duration clearAfter) {
        this.fireAfter = fireAfter.toNanos();
        this.clearAfter = clearAfter.toNanos();
    }

    /** True while there is an alert, this look included. */
    boolean see(Level level, long now) {
        switch (state) {
            case QUIET, PENDING -> {
                if (level != Level.BAD) {
                    state = State.QUIET;
                } else {
                    go(State.PENDING, fireAfter, State.FIRING, now);
                }
            }
            case FIRING, CALMING -> {
                if (level != Level.WELL) {
                    state = State.FIRING;
                } else {
                    go(State.CALMING, clearAfter, State.QUIET, now);
                }
            }
        }
        return state == State.FIRING || state == State.CALMING;
    }

    private void go(State through, long stay, State to, long now) {
        if (state != through) {
            state = through;
            since = now;
        }
        if (now - since >= stay) {
            state = to;
        }
    }
}
