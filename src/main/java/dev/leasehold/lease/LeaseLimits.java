package dev.leasehold.lease;

import java.time.Duration;

/**
 * The server-side time-outs that a lease's statements run under, in milliseconds.
 *
 * @param statementMillis what the session has by default, armed while it is cleaned
 * @param transactionMillis what transactions have by default from PostgreSQL 17 on
 * @param transactionGraceMillis how much later than the lease the server ends a transaction
 * @param hasTransactionTimeout PostgreSQL 17 and later
 * @param strict a transaction that is left open is a fault
 */
record LeaseLimits(
        long statementMillis,
        long transactionMillis,
        long transactionGraceMillis,
        boolean hasTransactionTimeout,
        boolean strict) {

    private static final long MARGIN_MILLIS_MIN = 20;
    private static final long MARGIN_MILLIS_MAX = 500;

    /** How long before its deadline the server cancels a lease's statement, so that the holder can still roll back. */
    static long marginMillis(long holdMillis) {
        return Math.max(MARGIN_MILLIS_MIN, Math.min(MARGIN_MILLIS_MAX, holdMillis / 20));
    }

    static LeaseLimits of(LeaseSettings settings, boolean hasTransactionTimeout) {
        long hold = settings.hold().toMillis();
        long grace = settings.serverGrace().toMillis();
        return new LeaseLimits(
                hold - 2 * marginMillis(hold),
                settings.hardCap().toMillis() + grace,
                grace,
                hasTransactionTimeout,
                settings.strict());
    }

    static Duration margin(Duration hold) {
        return Duration.ofMillis(marginMillis(hold.toMillis()));
    }
}
