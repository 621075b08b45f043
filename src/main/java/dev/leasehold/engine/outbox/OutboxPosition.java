package dev.leasehold.engine.outbox;

import java.util.Collection;
import java.util.TreeSet;

/**
 * From where the next read of a subscription's events starts: behind what was delivered, which the table may keep as dead rows
 * for as long as somebody holds a transaction open, and never behind one that is to be delivered again. Pure.
 */
final class OutboxPosition {

    /** Ids are drawn before their transactions commit: so many before the last one are read again. */
    static final long OUT_OF_ORDER = 1_000;

    private final TreeSet<Long> failed = new TreeSet<>();
    private long delivered;

    /** Only events with larger ids are wanted; 0 for all. */
    long after() {
        long end = Math.max(0, delivered - OUT_OF_ORDER);
        return failed.isEmpty() ? end : Math.min(end, failed.first() - 1);
    }

    /** What came of a batch. A failed one keeps the position until it is taken, or until all is looked at again. */
    void delivered(Collection<Long> taken, Collection<Long> failures) {
        taken.forEach(id -> {
            failed.remove(id);
            delivered = Math.max(delivered, id);
        });
        failed.addAll(failures);
    }

    /** All is wanted again: what committed late, came with a lane, or was put back. */
    void reset() {
        delivered = 0;
        failed.clear();
    }
}
