package dev.leasehold.engine.flush;

import dev.leasehold.lease.Ticker;
import dev.leasehold.store.SqlState;
import java.time.Duration;

/**
 * Whether a flush may wait a moment for a row that somebody else has locked, or must be careful: leave the locked ones. May be
 * asked by all streams.
 */
final class Caution {

    /** Who locks one row may lock many. */
    static final Duration AFTER_LOCKS = Duration.ofSeconds(5);

    private final Ticker ticker;
    private volatile long until;

    Caution(Ticker ticker) {
        this.ticker = ticker;
        this.until = ticker.nanos();
    }

    /**
     * @param inTransaction the rows of its other results are locked already then: it must not wait for more
     * @param failures of the same batch
     */
    boolean isDueTo(boolean inTransaction, int failures) {
        return inTransaction || failures > 0 || ticker.nanos() - until < 0;
    }

    /** Of a lock, or of a statement that took too long, as it does where it meets one lock after the other. */
    void afterFailure(String state) {
        if (state.equals(SqlState.LOCK_NOT_AVAILABLE) || state.equals(SqlState.QUERY_CANCELED)) {
            until = ticker.nanos() + AFTER_LOCKS.toNanos();
        }
    }
}
