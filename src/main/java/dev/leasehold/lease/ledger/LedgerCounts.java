package dev.leasehold.lease.ledger;

import java.util.EnumMap;
import java.util.Map;

/** What happened since the ledger was opened. */
public final class LedgerCounts {

    long granted;
    long opened;
    long lateReleases;
    private final Map<Ending, Long> endings = new EnumMap<>(Ending.class);
    private final Map<Denial, Long> denials = new EnumMap<>(Denial.class);
    private final Map<Retirement, Long> retirements = new EnumMap<>(Retirement.class);

    void ended(Ending how) {
        endings.merge(how, 1L, Long::sum);
    }

    void denied(Denial reason) {
        denials.merge(reason, 1L, Long::sum);
    }

    void retired(Retirement why) {
        retirements.merge(why, 1L, Long::sum);
    }

    public long granted() {
        return granted;
    }

    public long opened() {
        return opened;
    }

    /** Releases of leases that had ended before: double, late or foreign ones. */
    public long lateReleases() {
        return lateReleases;
    }

    public long ended(Ending... how) {
        long sum = 0;
        for (Ending each : how.length == 0 ? Ending.values() : how) {
            sum += endings.getOrDefault(each, 0L);
        }
        return sum;
    }

    public long deniedBecause(Denial reason) {
        return denials.getOrDefault(reason, 0L);
    }

    public long retiredBecause(Retirement why) {
        return retirements.getOrDefault(why, 0L);
    }
}
