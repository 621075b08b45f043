package dev.leasehold.engine.lane;

import dev.leasehold.store.DueTask;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
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

    private final List<Deque<Entry>> queues = new ArrayList<>();
    private int size;

    WaitingTasks() {
        for (int priority = 0; priority < LaneState.PRIORITIES; priority++) {
            queues.add(new ArrayDeque<>());
        }
    }

    int size() {
        return size;
    }

    void add(Ready ready, Instant seenAt) {
        queues.get(ready.task().priority()).add(new Entry(ready, seenAt));
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
        for (Iterator<Entry> each = queues.get(priority).iterator(); each.hasNext(); ) {
            Entry entry = each.next();
            Ready ready = asOfNow.apply(entry.ready);
            if (!may.test(ready)) {
                continue;
            }
            if (entry.isOld(now)) {
                check(entry, each, now, behind -> may.test(asOfNow.apply(behind)), toCheck);
                return null;
            }
            each.remove();
            size--;
            return ready;
        }
        return null;
    }

    /** This one, and those behind it that might start too. */
    private static void check(
            Entry first, Iterator<Entry> others, Instant now, Predicate<Ready> may, List<Ready> toCheck) {
        int room = CHECK_MAX;
        for (Entry entry = first; room-- > 0; entry = others.next()) {
            if (entry.isOld(now) && !entry.checking && may.test(entry.ready)) {
                entry.checking = true;
                toCheck.add(entry.ready);
            }
            if (!others.hasNext()) {
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
        for (Deque<Entry> queue : queues) {
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
        for (Deque<Entry> queue : queues) {
            for (Entry entry : queue) {
                if (entry.ready.task().id() == task) {
                    return entry.ready;
                }
            }
        }
        return null;
    }

    /** Removes those that match. */
    List<Ready> removeIf(Predicate<Ready> which) {
        List<Ready> removed = new ArrayList<>();
        for (Deque<Entry> queue : queues) {
            queue.removeIf(entry -> which.test(entry.ready) && removed.add(entry.ready));
        }
        size -= removed.size();
        return removed;
    }

    /** Removes the last ones of the least urgent that match, until no more than so many wait. */
    List<Ready> cut(int to, Predicate<Ready> which) {
        List<Ready> removed = new ArrayList<>();
        for (int priority = queues.size() - 1; priority >= 0; priority--) {
            Iterator<Entry> last = queues.get(priority).descendingIterator();
            while (size > to && last.hasNext()) {
                Ready ready = last.next().ready;
                if (which.test(ready)) {
                    last.remove();
                    removed.add(ready);
                    size--;
                }
            }
        }
        return removed;
    }
}
