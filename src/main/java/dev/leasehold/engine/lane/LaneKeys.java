package dev.leasehold.engine.lane;

import dev.leasehold.store.DueTask;
import dev.leasehold.task.StartRate;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The concurrency keys of a lane: which are busy, because a run is under way or their rate is used up, and which are to be
 * looked at again.
 */
final class LaneKeys {

    private final Set<String> busy = new HashSet<>();
    private final Set<String> free = new HashSet<>();
    private final RatedKeys rates = new RatedKeys();

    /** Makes the key of a task that was read busy; false when the task may not be taken. */
    boolean take(DueTask task, Instant now) {
        String key = task.concurrencyKey();
        return key == null || (busy.add(key) && !rates.holdsBack(key, task.type(), now));
    }

    /** Whether tasks of this key are passed over. */
    boolean isBusy(String key) {
        return busy.contains(key);
    }

    Collection<String> busy() {
        return busy;
    }

    /** A task of this key is neither waiting nor under way any more. */
    void free(DueTask task) {
        if (task.concurrencyKey() != null) {
            free.add(task.concurrencyKey());
        }
    }

    /** Keys whose run has ended. They stay busy until their own rows were looked at. */
    List<String> takeFree() {
        if (free.isEmpty()) {
            return List.of();
        }
        List<String> keys = List.copyOf(free);
        free.clear();
        return keys;
    }

    /** The keys' rows were looked at: the first one of each that has one is offered next. */
    void release(Collection<String> keys) {
        busy.removeAll(keys);
    }

    /** The look at the keys' rows failed. */
    void freeAgain(Collection<String> keys) {
        free.addAll(keys);
    }

    /** Some have rested for long enough. */
    void tick(Instant now) {
        free.addAll(rates.takeRested(now));
    }

    /** Keys whose starts are to be counted; their rows are looked at by the same read. */
    List<RatedKeys.Rest> takeToCount() {
        List<RatedKeys.Rest> taken = rates.takeToCount();
        taken.forEach(each -> free.add(each.key()));
        return taken;
    }

    /** How often tasks may start, by type, from now on. */
    void rates(Map<String, StartRate> now) {
        free.addAll(rates.rates(now));
    }

    RatedKeys rates() {
        return rates;
    }
}
