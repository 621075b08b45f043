package dev.leasehold.engine.lane;

import dev.leasehold.engine.limit.StartWindow;
import dev.leasehold.task.StartRate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rates of a lane's concurrency keys. Exact over all nodes, because a key lives in one lane and starts are in the table
 * before they happen: what an owner does not remember it counts there, at first all of it.
 *
 * <p>A key whose rate is used up rests: it is as busy as if a run of it were under way, so that reads pass over its tasks,
 * and when the rest is over its first task is read by the key's index. Keys come and go with the tasks that wait, so what
 * is remembered is bounded: what was asked about least lately is forgotten, and counted again when it is asked about.
 */
final class RatedKeys {

    /** Keys beyond which the starts of some are forgotten. */
    private static final int KEYS_MAX = 2_000;

    /** Starts of all keys together, likewise. */
    private static final int STARTS_MAX = 200_000;

    /** Keys that are looked at in one read: their rests may all end at once. */
    static final int LOOKS_MAX = 500;

    private record Counted(String type, String key) {}

    /**
     * A key that rests.
     *
     * @param until null while its starts are being counted
     */
    record Rest(
            String key,
            String type,
            StartRate rate,
            @Nullable Instant until) {}

    private record Ends(Instant at, String key) {}

    private Map<String, StartRate> rates = Map.of();
    private final LinkedHashMap<Counted, StartWindow> windows = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<String, Rest> resting = new HashMap<>();
    private final PriorityQueue<Ends> ends = new PriorityQueue<>((a, b) -> a.at().compareTo(b.at()));
    private final Set<String> toCount = new LinkedHashSet<>();
    private int starts;

    /** From now on these hold, by type. Returns the keys that rested: they are to be looked at anew. */
    Set<String> rates(Map<String, StartRate> now) {
        if (now.equals(rates)) {
            return Set.of();
        }
        rates = now;
        windows.clear();
        starts = 0;
        ends.clear();
        toCount.clear();
        Set<String> keys = new HashSet<>(resting.keySet());
        resting.clear();
        return keys;
    }

    /** Whether a task of this key has to wait; the key rests then. */
    boolean holdsBack(String key, String type, Instant now) {
        StartRate rate = rates.get(type);
        if (rate == null) {
            return false;
        }
        StartWindow window = windows.get(new Counted(type, key));
        if (window == null) {
            resting.put(key, new Rest(key, type, rate, null));
            toCount.add(key);
            return true;
        }
        Instant next = window.next();
        if (!next.isAfter(now)) {
            return false;
        }
        resting.put(key, new Rest(key, type, rate, next));
        ends.add(new Ends(next, key));
        return true;
    }

    /** Keys that rest because their starts are to be counted; they rest no longer. */
    List<Rest> takeToCount() {
        if (toCount.isEmpty()) {
            return List.of();
        }
        List<Rest> taken = new ArrayList<>();
        for (Iterator<String> each = toCount.iterator(); each.hasNext() && taken.size() < LOOKS_MAX; ) {
            Rest rest = resting.remove(each.next());
            if (rest != null) {
                taken.add(rest);
            }
            each.remove();
        }
        return taken;
    }

    /** What has started lately, as the table has it. Counts of a rate that does not hold any more are left out. */
    void counted(String type, String key, StartRate rate, List<Instant> before) {
        if (rate.equals(rates.get(type)) && !windows.containsKey(new Counted(type, key))) {
            windows.put(new Counted(type, key), new StartWindow(rate, before));
            starts += before.size();
            forget();
        }
    }

    private void forget() {
        Iterator<StartWindow> oldest = windows.values().iterator();
        while ((windows.size() > KEYS_MAX || starts > STARTS_MAX) && windows.size() > 1) {
            starts -= oldest.next().size();
            oldest.remove();
        }
    }

    /** Keys that have rested for long enough, some of them; they rest no longer. */
    List<String> takeRested(Instant now) {
        if (ends.isEmpty()) {
            return List.of();
        }
        List<String> rested = new ArrayList<>();
        for (Ends first = ends.peek();
                first != null && !first.at().isAfter(now) && rested.size() < LOOKS_MAX;
                first = ends.peek()) {
            ends.remove();
            Rest rest = resting.get(first.key());
            if (rest != null && first.at().equals(rest.until())) {
                resting.remove(first.key());
                rested.add(first.key());
            }
        }
        return rested;
    }

    /** When the first of them has rested; null when none rests. */
    @Nullable
    Instant earliest() {
        Ends first = ends.peek();
        return first == null ? null : first.at();
    }

    /** A run of this key starts, and is in the table as started. */
    void started(String key, String type, Instant at) {
        StartWindow window = windows.get(new Counted(type, key));
        if (window != null) {
            int before = window.size();
            window.started(at);
            starts += window.size() - before;
            forget();
        }
    }

    /** The handler of the key's last run has begun at this time only. */
    void startedLater(String key, String type, Instant at) {
        StartWindow window = windows.get(new Counted(type, key));
        if (window != null) {
            window.startedLater(at);
        }
    }

    /** How a key rests; null when it does not. */
    @Nullable
    Rest rest(String key) {
        return resting.get(key);
    }

    int resting() {
        return resting.size();
    }
}
