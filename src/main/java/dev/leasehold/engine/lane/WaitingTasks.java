package dev.leasehold.engine.lane;

import dev.leasehold.store.DueTask;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
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

    /** Of each priority, so many stay when rows are given up: what nobody holds here cannot age. */
    private static final int KEEP = 2;

    private static final class Entry {
        private final Ready ready;
        private Instant seenAt;
        private boolean checking;

        Entry(Ready ready, Instant seenAt) {
            this.ready = ready;
            this.seenAt = seenAt;
        }

        Instant due() {
            return ready.task().dueAt();
        }

        boolean isOld(Instant now) {
            return seenAt.plus(FRESH).isBefore(now);
        }
    }

    private final List<TenantQueue<Entry>> queues = new ArrayList<>();
    private final Instant[] oldest = new Instant[LaneState.PRIORITIES];
    private int size;
    private boolean kept;

    /** @param weights of tenants: those of one priority share the starts by them */
    WaitingTasks(ToIntFunction<String> weights) {
        for (int priority = 0; priority < LaneState.PRIORITIES; priority++) {
            queues.add(new TenantQueue<>(weights));
        }
        Arrays.fill(oldest, Instant.MAX);
    }

    int size() {
        return size;
    }

    /** How many wait that are as urgent by themselves, or more. */
    int size(int priority) {
        int all = 0;
        for (int each = 0; each <= priority; each++) {
            all += queues.get(each).size();
        }
        return all;
    }

    void add(Ready ready, Instant seenAt) {
        int priority = ready.task().priority();
        TenantQueue<Entry> queue = queues.get(priority);
        Instant due = ready.task().dueAt();
        oldest[priority] = queue.isEmpty() || due.isBefore(oldest[priority]) ? due : oldest[priority];
        queue.add(ready.task().tenant(), new Entry(ready, seenAt));
        size++;
    }

    /** Takes the first one that may start, in order. Those that may not for a reason of their own let others pass. */
    @Nullable
    Ready poll(int priority, SlotsOfType.Round round) {
        TenantQueue<Entry> queue = queues.get(priority);
        kept = false;
        if (queue.isEmpty()) {
            return null;
        }
        Predicate<Entry> may = may(round);
        return taken(queue, queue.poll(may, keeps(round)), may, round);
    }

    /**
     * The same, of those that were due by a time; only the first one that may start of each tenant is asked. Where nothing
     * more urgent waits, tenants take their turns as ever, if one has such a task: one with an old backlog would take those
     * of the others.
     */
    @Nullable
    Ready pollAged(int priority, Instant dueBy, SlotsOfType.Round round) {
        TenantQueue<Entry> queue = queues.get(priority);
        kept = false;
        Predicate<Entry> may = may(round);
        Predicate<Entry> ripe = entry -> !entry.due().isAfter(dueBy);
        Ready ready = isFirst(priority)
                ? taken(queue, queue.pollIfAnyIsRipe(may, ripe, keeps(round)), may, round)
                : taken(queue, queue.pollRipe(may, ripe, keeps(round)), may.and(ripe), round);
        if (ready == null && !kept) {
            // Until one that is first by now has aged, or one that is older comes, there is no need to look again.
            oldest[priority] = Instant.MAX;
            for (Collection<Entry> line : queue.inTurn()) {
                Instant due = line.iterator().next().due();
                oldest[priority] = due.isBefore(oldest[priority]) ? due : oldest[priority];
            }
        }
        return ready;
    }

    /** Whether one of this priority may have been due by a time; false is certain of those that come first. */
    boolean mayHaveAged(int priority, Instant dueBy) {
        return !queues.get(priority).isEmpty() && !oldest[priority].isAfter(dueBy);
    }

    /** Whether the last poll found one that is to be looked at again before it starts. */
    boolean kept() {
        return kept;
    }

    private boolean isFirst(int priority) {
        for (int other = 0; other < priority; other++) {
            if (!queues.get(other).isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private static Predicate<Entry> may(SlotsOfType.Round round) {
        return entry -> round.may().test(round.asOfNow().apply(entry.ready));
    }

    private Predicate<Entry> keeps(SlotsOfType.Round round) {
        return entry -> kept = entry.isOld(round.now());
    }

    /** @param next those that might start as this one would have, to be looked at together if it was kept */
    private @Nullable Ready taken(
            TenantQueue<Entry> queue, @Nullable Entry entry, Predicate<Entry> next, SlotsOfType.Round round) {
        if (kept) {
            check(queue, round.now(), next, round.toCheck());
        }
        if (entry == null) {
            return null;
        }
        size--;
        return round.asOfNow().apply(entry.ready);
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

    /**
     * Removes the last ones of the least urgent that match, of the tenants that have most, until no more than so many wait;
     * a few of each priority stay.
     */
    List<Ready> cut(int to, Predicate<Ready> which) {
        List<Ready> removed = new ArrayList<>();
        for (int priority = queues.size() - 1; priority >= 0 && size > to; priority--) {
            TenantQueue<Entry> queue = queues.get(priority);
            for (int over = queue.size() - KEEP; over > 0 && size > to; over--) {
                Entry last = queue.cutLast(entry -> which.test(entry.ready));
                if (last == null) {
                    break;
                }
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
