package dev.leasehold.engine.lane;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Who waits for a slot and who has one: per type, per node, and for the cautious ones. The more urgent goes first; a type
 * without free slots does not hold up the others.
 */
final class Slots {

    private static final int PRIORITIES = LaneState.PRIORITIES;
    private static final int BUFFER_MIN = 64;
    private static final int BUFFER_MAX = 2_000;

    /** Runs at once from lanes that saw a crash. */
    static final int CAUTIOUS_MAX = 4;

    /** Crashes after which a task runs alone on its node. */
    static final int ALONE_CRASHES = 2;

    private static final class OfType {
        private final int limit;
        private final List<Deque<Ready>> waiting = new ArrayList<>();
        private int waits;
        private int running;

        OfType(int limit) {
            this.limit = limit;
            for (int priority = 0; priority < PRIORITIES; priority++) {
                waiting.add(new ArrayDeque<>());
            }
        }

        /** None until half of the buffer is free: fewer and fuller reads. */
        int room() {
            int buffer = Math.min(BUFFER_MAX, Math.max(BUFFER_MIN, limit));
            return waits <= buffer / 2 ? buffer - waits : 0;
        }
    }

    private final int nodeLimit;
    private final Map<String, OfType> types = new TreeMap<>();
    private final Map<Long, Ready> running = new HashMap<>();
    private final Set<Long> cautious = new HashSet<>();
    private int waits;
    private boolean alone;

    /**
     * @param limits slots by type
     * @param nodeLimit slots of all types together
     */
    Slots(Map<String, Integer> limits, int nodeLimit) {
        limits.forEach((type, limit) -> types.put(type, new OfType(limit)));
        this.nodeLimit = nodeLimit;
    }

    Set<String> types() {
        return types.keySet();
    }

    /** How many more rows of a type may be read; zero or less when enough wait. */
    int room(String type) {
        OfType ofType = types.get(type);
        return ofType == null ? 0 : ofType.room();
    }

    int waiting() {
        return waits;
    }

    int running() {
        return running.size();
    }

    Map<String, Long> runningByType() {
        Map<String, Long> counts = new TreeMap<>();
        types.forEach((type, ofType) -> counts.put(type, (long) ofType.running));
        return counts;
    }

    void add(Ready ready) {
        OfType ofType = types.get(ready.task().type());
        if (ofType == null) {
            throw new IllegalArgumentException(
                    "no handler for type " + ready.task().type());
        }
        ofType.waiting.get(ready.task().priority()).add(ready);
        ofType.waits++;
        waits++;
    }

    /** Takes those that may start now, at most so many; each holds a slot until {@link #ended}. */
    List<Ready> start(int most) {
        List<Ready> started = new ArrayList<>();
        for (int priority = 0; priority < PRIORITIES; priority++) {
            boolean any = true;
            while (any && started.size() < most) {
                any = false;
                for (OfType ofType : types.values()) {
                    any |= startOne(ofType, priority, most - started.size(), started);
                }
            }
        }
        return started;
    }

    private boolean startOne(OfType ofType, int priority, int most, List<Ready> started) {
        Deque<Ready> queue = ofType.waiting.get(priority);
        if (most <= 0 || queue.isEmpty() || alone || ofType.running >= ofType.limit || running.size() >= nodeLimit) {
            return false;
        }
        for (Iterator<Ready> each = queue.iterator(); each.hasNext(); ) {
            Ready ready = each.next();
            if (mayStart(ready)) {
                each.remove();
                take(ofType, ready);
                started.add(ready);
                return true;
            }
            if (!ready.cautious()) {
                return false;
            }
        }
        return false;
    }

    private boolean mayStart(Ready ready) {
        if (!ready.cautious()) {
            return true;
        }
        boolean mustBeAlone = ready.task().crashes() >= ALONE_CRASHES;
        return mustBeAlone ? running.isEmpty() : cautious.size() < CAUTIOUS_MAX;
    }

    private void take(OfType ofType, Ready ready) {
        ofType.waits--;
        waits--;
        ofType.running++;
        running.put(ready.task().id(), ready);
        if (ready.cautious()) {
            cautious.add(ready.task().id());
            alone = ready.task().crashes() >= ALONE_CRASHES;
        }
    }

    boolean isRunning(long task) {
        return running.containsKey(task);
    }

    /** Gives a slot back; again, it is nothing. */
    boolean ended(long task) {
        Ready ready = running.remove(task);
        if (ready == null) {
            return false;
        }
        OfType ofType = types.get(ready.task().type());
        if (ofType != null) {
            ofType.running--;
        }
        if (cautious.remove(task)) {
            alone = false;
        }
        return true;
    }

    /** Forgets those who wait and match. */
    void drop(Predicate<Ready> which) {
        for (OfType ofType : types.values()) {
            for (Deque<Ready> queue : ofType.waiting) {
                int before = queue.size();
                queue.removeIf(which);
                ofType.waits -= before - queue.size();
                waits -= before - queue.size();
            }
        }
    }
}
