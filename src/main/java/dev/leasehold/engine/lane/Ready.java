package dev.leasehold.engine.lane;

import dev.leasehold.store.DueTask;
import dev.leasehold.store.LaneFence;

/**
 * A due task and the ownership under which it was read.
 *
 * @param cautious its lane saw a crash a moment ago: it is entered in the ledger before it starts
 */
public record Ready(DueTask task, LaneFence fence, boolean cautious) {

    /** The same, with its lane's caution as it is now. */
    Ready asOf(boolean cautiousNow) {
        return cautious == cautiousNow ? this : new Ready(task, fence, cautiousNow);
    }
}
