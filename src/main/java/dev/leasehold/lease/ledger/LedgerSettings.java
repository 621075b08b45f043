package dev.leasehold.lease.ledger;

import java.util.List;

/**
 * Sizes and times of one pool, times in nanoseconds.
 *
 * @param size connections kept open without need
 * @param max connections at most
 * @param reserved permits that only classes with {@link ClassPolicy#mayUseReserve} may take
 * @param recycle age at which a connection is replaced
 * @param linger how long one beyond {@code size} stays idle
 * @param offer how long a grant may stay unclaimed
 * @param hardCap longest hold, renewals included
 * @param leakInTransaction longest time without a call inside a transaction
 * @param leakOutside longest time without a call outside
 * @param quotaPerType leases and waiters of one type at most, 0 for no limit
 * @param quotaPerTenant the same for a tenant
 */
public record LedgerSettings(
        int size,
        int max,
        int reserved,
        long recycle,
        long linger,
        long offer,
        long hardCap,
        long leakInTransaction,
        long leakOutside,
        int quotaPerType,
        int quotaPerTenant,
        List<ClassPolicy> classes) {

    public LedgerSettings {
        if (size < 1 || max < size || reserved < 0 || reserved >= max) {
            throw new IllegalArgumentException(
                    "impossible sizes: size " + size + ", max " + max + ", reserved " + reserved);
        }
        classes = List.copyOf(classes);
    }
}
