package dev.leasehold.task;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt ended, as its handler says it.
 *
 * @param result what the attempt found, stored as JSON; null for nothing
 * @param reason why it failed; null unless it failed
 * @param message one line for people; null for none
 * @param retryAfter the earliest time after which another attempt makes sense, as the other side said; null if it did not
 * @param retryable whether another attempt may help; true unless the handler knows better
 * @param nextDueAt overrides the schedule's next due time, for work that knows better (a token's expiry); null: the
 *     schedule decides
 */
public record Outcome(
        Kind kind,
        @Nullable Object result,
        @Nullable Reason reason,
        @Nullable String message,
        @Nullable Duration retryAfter,
        boolean retryable,
        @Nullable Instant nextDueAt) {

    /** The kinds of end; {@code FAILED} is the only one that is attempted again. */
    public enum Kind {
        SUCCESS,
        PARTIAL,
        SKIPPED,
        FAILED,
        CANCELLED
    }

    /** Everything was done. */
    public static Outcome success() {
        return new Outcome(Kind.SUCCESS, null, null, null, null, true, null);
    }

    /** Everything was done, and this was found. */
    public static Outcome success(Object result) {
        return new Outcome(Kind.SUCCESS, result, null, null, null, true, null);
    }

    /** Part of it was done; the message says what is missing. */
    public static Outcome partial(Object result, String message) {
        return new Outcome(Kind.PARTIAL, result, null, message, null, true, null);
    }

    /** There was nothing to do; the message says why. */
    public static Outcome skipped(String message) {
        return new Outcome(Kind.SKIPPED, null, null, message, null, true, null);
    }

    /** It failed; another attempt may help. */
    public static Outcome failed(Reason reason, String message) {
        return new Outcome(Kind.FAILED, null, reason, message, null, true, null);
    }

    /** The run was cancelled before it was done. */
    public static Outcome cancelled(String message) {
        return new Outcome(Kind.CANCELLED, null, null, message, null, false, null);
    }

    /** The same end with a result. */
    public Outcome withResult(Object found) {
        return new Outcome(kind, found, reason, message, retryAfter, retryable, nextDueAt);
    }

    /** The same failure, not to be attempted again before the other side's reset time. */
    public Outcome retryAfter(Duration wait) {
        return new Outcome(kind, result, reason, message, wait, retryable, nextDueAt);
    }

    /** The same failure, for good: no further attempt in this run. */
    public Outcome permanent() {
        return new Outcome(kind, result, reason, message, retryAfter, false, nextDueAt);
    }

    /** The same end; the next run is due then, instead of at the schedule's time. */
    public Outcome nextDueAt(Instant due) {
        return new Outcome(kind, result, reason, message, retryAfter, retryable, due);
    }
}
