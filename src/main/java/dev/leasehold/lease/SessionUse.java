package dev.leasehold.lease;

import dev.leasehold.lease.Holder.Session;

/** Whether a session is as new, or has in it what the node's own work leaves there: numbers of sequences, settings of ours. */
final class SessionUse {

    private volatile boolean kept;
    private volatile boolean tuned;
    private volatile long armedHoldMillis;

    /** A statement of the node's own is about to leave something that nobody else may meet. */
    void keep() {
        kept = true;
    }

    /** Plans are made once from here on, and read no table whole. */
    void tune() {
        tuned = true;
    }

    /** The time-outs are those of a lease that may be held so long, from here on. */
    void arm(long holdMillis) {
        armedHoldMillis = holdMillis;
    }

    /** The time-outs are those of the session's start again. */
    void disarm() {
        armedHoldMillis = 0;
    }

    boolean isArmed() {
        return armedHoldMillis != 0;
    }

    boolean isArmedFor(long holdMillis) {
        return armedHoldMillis == holdMillis;
    }

    /** May such a holder have it without a reset? */
    boolean isFitFor(Session wanted) {
        return switch (wanted) {
            case AS_NEW -> !kept;
            case OWN -> !tuned;
            case AS_IS, TUNED -> true;
        };
    }

    boolean isTuned() {
        return tuned;
    }

    /** It was reset. */
    void renew() {
        kept = false;
        tuned = false;
        armedHoldMillis = 0;
    }
}
