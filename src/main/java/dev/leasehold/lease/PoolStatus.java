package dev.leasehold.lease;

/**
 * What a pool looks like at one moment, in the shape that contract.md fixes. Counts are connections unless said
 * otherwise.
 *
 * @param checkedIn idle
 * @param checkedOut leased
 * @param overflow open beyond {@code size}, 0 to {@code maxOverflow}
 * @param waiting requests in the queue
 * @param retiring taken back or worn out, and not yet verified gone on the server; they keep their permit
 * @param usagePercent leased of {@code max}
 * @param created opened since the start
 * @param recycled closed because of age since the start
 * @param timeouts requests that waited too long since the start
 * @param leaked leases taken back since the start because nobody used them for too long
 * @param suspects live leases that nobody has used for more than half of what makes a leak
 * @param generation 1 for the server that was met first, one more for each restart of it and each failover; 0 before
 * @param healthy the control connection's last probe was answered
 */
public record PoolStatus(
        PoolName pool,
        int size,
        int maxOverflow,
        int max,
        int checkedIn,
        int checkedOut,
        int overflow,
        int waiting,
        int opening,
        int cleaning,
        int retiring,
        double usagePercent,
        long created,
        long recycled,
        long timeouts,
        long granted,
        long ended,
        long leaked,
        int suspects,
        int generation,
        boolean healthy) {}
