package dev.leasehold.engine.lane;

import dev.leasehold.store.DueTask;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of one type that were read and wait for a slot, by priority. What has waited for a while may have been changed
 * since by somebody who told nobody: it is looked at again before it starts.
 */
final class WaitingTasks {

    /** Age at which a row that was read is not trusted any more. */
    static final Duration FRESH = Duration.ofSeconds(1);

    /** Rows that are looked at again together: those that will start next, so that few reads do for many starts. */
    private static final int CHECK_MAX = 256;

    private static final class Entry {
        private final Ready ready;
        private Instant seenAt;
        private boolean checking;

        Entry(Ready ready, Instant seenAt) {
            this.ready = ready;
            this.seenAt = seenAt;
        }

        boolean isOld(Instant now) {
            return seenAt.plus(FRESH).isBefore(now);
        }
    }

    private final List<TenantQueue<Entry>> queues = new ArrayList<>();
    private int size;

    /** @param weights of tenants: those of one priority share the starts by them */
    WaitingTasks(ToIntFunction<String> weights) {
        for (int priority = 0; priority < LaneState.PRIORITIES; priority++) {
            queues.add(new TenantQueue<>(weights));
        }
    }

    int size() {
        return size;
    }

    void add(Ready ready, Instant seenAt) {
        queues.get(ready.task().priority()).add(ready.task().tenant(), new Entry(ready, seenAt));
        size++;
    }

    /**
     * Takes the first one that may start, in order. Those that may not for a reason of their own let others pass.
     *
     * @param asOfNow what is to be known of one before it starts
     * @param may whether this one may
     * @param toCheck gets those that are to be looked at again before any starts
     */
    @Nullable
    Ready poll(int priority, Instant now, UnaryOperator<Ready> asOfNow, Predicate<Ready> may, List<Ready> toCheck) {
        TenantQueue<Entry> queue = queues.get(priority);
        Predicate<Entry> starts = entry -> may.test(asOfNow.apply(entry.ready));
        boolean[] old = new boolean[1];
        Entry entry = queue.poll(starts, first -> old[0] = first.isOld(now));
        if (old[0]) {
            check(queue, now, starts, toCheck);
        }
        if (entry == null) {
            return null;
        }
        size--;
        return asOfNow.apply(entry.ready);
    }

    /** The first ones of each tenant that might start. */
    private static void check(TenantQueue<Entry> queue, Instant now, Predicate<Entry> may, List<Ready> toCheck) {
        int each = Math.max(1, CHECK_MAX / queue.tenants());
        for (Collection<Entry> line : queue.inTurn()) {
            int room = each;
            for (Entry entry : line) {
                if (room-- == 0) {
                    break;
                }
                if (entry.isOld(now) && !entry.checking && may.test(entry)) {
                    entry.checking = true;
                    toCheck.add(entry.ready);
                }
            }
            if (toCheck.size() >= CHECK_MAX) {
                return;
            }
        }
    }

    /**
     * Those that were to be looked at again were looked at.
     *
     * @param found their rows, by id, where they are still due
     * @return those that do not wait any more, because somebody changed them
     */
    List<Ready> checked(Map<Long, DueTask> found, Instant now) {
        List<Ready> changed = new ArrayList<>();
        for (TenantQueue<Entry> queue : queues) {
            queue.removeIf(entry -> {
                if (!entry.checking) {
                    return false;
                }
                entry.checking = false;
                entry.seenAt = now;
                DueTask row = found.get(entry.ready.task().id());
                return (row == null || row.version() != entry.ready.task().version()) && changed.add(entry.ready);
            });
        }
        size -= changed.size();
        return changed;
    }

    /** The look at them failed. */
    void notChecked() {
        queues.forEach(queue -> queue.forEach(entry -> entry.checking = false));
    }

    void forEach(Consumer<Ready> each) {
        queues.forEach(queue -> queue.forEach(entry -> each.accept(entry.ready)));
    }

    @Nullable
    Ready find(long task) {
        for (TenantQueue<Entry> queue : queues) {
            for (Collection<Entry> line : queue.inTurn()) {
                for (Entry entry : line) {
                    if (entry.ready.task().id() == task) {
                        return entry.ready;
                    }
                }
            }
        }
        return null;
    }

    /** Removes those that match. */
    List<Ready> removeIf(Predicate<Ready> which) {
        List<Ready> removed = new ArrayList<>();
        for (TenantQueue<Entry> queue : queues) {
            queue.removeIf(entry -> which.test(entry.ready) && removed.add(entry.ready));
        }
        size -= removed.size();
        return removed;
    }

    /** Removes the last ones of the least urgent that match, of the tenants that have most, until no more than so many wait. */
    List<Ready> cut(int to, Predicate<Ready> which) {
        List<Ready> removed = new ArrayList<>();
        for (int priority = queues.size() - 1; priority >= 0 && size > to; ) {
            Entry last = queues.get(priority).cutLast(entry -> which.test(entry.ready));
            if (last == null) {
                priority--;
            } else {
                removed.add(last.ready);
                size--;
            }
        }
        return removed;
    }

    /** How many wait, by tenant. */
    Map<String, Integer> byTenant() {
        Map<String, Integer> counts = new HashMap<>();
        queues.forEach(queue -> queue.count(counts));
        return counts;
    }
}
