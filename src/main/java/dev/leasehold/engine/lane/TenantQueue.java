package dev.leasehold.engine.lane;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * First in, first out while all that waits is of one tenant. Where several wait they take turns, so that each gets starts in
 * proportion to its weight: start-time fair queueing, with the head of each tenant's line alone. Between two tenants that both
 * wait all the time, starts divided by weight differ by at most one start of each (1/w + 1/v). Who comes newly, or comes back,
 * neither has saved up turns nor starts behind what others had before. Pure.
 */
final class TenantQueue<E> {

    /** Tenants that do not wait any more and are remembered all the same; beyond it, those whose turn would have come go. */
    private static final int GONE_MAX = 256;

    /** One tenant's line, and the time of its next turn. */
    private static final class Line<E> {
        private final String tenant;
        private final long number;
        private final Deque<E> waiting = new ArrayDeque<>();
        private double turn;

        Line(String tenant, long number, double turn) {
            this.tenant = tenant;
            this.number = number;
            this.turn = turn;
        }
    }

    private final ToIntFunction<String> weights;
    private final Map<String, Line<E>> lines = new HashMap<>();
    private final TreeSet<Line<E>> turns = new TreeSet<>(
            Comparator.<Line<E>>comparingDouble(line -> line.turn).thenComparingLong(line -> line.number));
    private final Map<String, Double> gone = new HashMap<>();
    private double time;
    private int size;
    private long numbers;

    /** @param weights of tenants, 1 or more, asked anew at each start */
    TenantQueue(ToIntFunction<String> weights) {
        this.weights = weights;
    }

    void add(String tenant, E waits) {
        Line<E> line = lines.get(tenant);
        if (line == null) {
            Double next = gone.remove(tenant);
            line = new Line<>(tenant, numbers++, next == null ? time : Math.max(time, next));
            lines.put(tenant, line);
            turns.add(line);
        }
        line.waiting.add(waits);
        size++;
    }

    /** Lines of tenants, the one whose turn it is first; each in the order in which it came. */
    List<Collection<E>> inTurn() {
        if (turns.size() == 1) {
            return List.of(turns.first().waiting);
        }
        List<Collection<E>> all = new ArrayList<>(turns.size());
        turns.forEach(line -> all.add(line.waiting));
        return all;
    }

    /**
     * Takes the first one that may start of the tenant whose turn it is; where none of its own may, of the next tenant.
     *
     * @return null when none may, or when it is to be kept
     */
    @Nullable
    E poll(Predicate<E> may, Predicate<E> keeps) {
        return pollRipe(may, each -> true, keeps);
    }

    /** The same as {@link #poll}, where a tenant whose first one that may start is not ripe leaves its turn to the next. */
    @Nullable
    E pollRipe(Predicate<E> may, Predicate<E> ripe, Predicate<E> keeps) {
        for (Line<E> line : turns) {
            E first = first(line, may);
            if (first != null && ripe.test(first)) {
                return take(line, first, keeps);
            }
        }
        return null;
    }

    /** The same as {@link #poll}, but nothing as long as the first one that may start is ripe of no tenant. */
    @Nullable
    E pollIfAnyIsRipe(Predicate<E> may, Predicate<E> ripe, Predicate<E> keeps) {
        Line<E> turn = null;
        E ofTurn = null;
        for (Line<E> line : turns) {
            E first = first(line, may);
            if (first != null && ofTurn == null) {
                turn = line;
                ofTurn = first;
            }
            if (first != null && turn != null && ofTurn != null && ripe.test(first)) {
                return take(turn, ofTurn, keeps);
            }
        }
        return null;
    }

    private static <E> @Nullable E first(Line<E> line, Predicate<E> may) {
        for (E waits : line.waiting) {
            if (may.test(waits)) {
                return waits;
            }
        }
        return null;
    }

    private @Nullable E take(Line<E> line, E waits, Predicate<E> keeps) {
        if (keeps.test(waits)) {
            return null;
        }
        line.waiting.removeFirstOccurrence(waits);
        size--;
        served(line);
        return waits;
    }

    private void served(Line<E> line) {
        if (turns.size() > 1) {
            // Alone, a tenant takes no turns: nobody has missed one.
            turns.remove(line);
            time = Math.max(time, line.turn);
            line.turn = line.turn + 1.0 / Math.max(1, weights.applyAsInt(line.tenant));
            turns.add(line);
        }
        leaveIfEmpty(line);
    }

    private void leaveIfEmpty(Line<E> line) {
        if (!line.waiting.isEmpty()) {
            return;
        }
        turns.remove(line);
        lines.remove(line.tenant);
        if (line.turn > time) {
            gone.put(line.tenant, line.turn);
            if (gone.size() > GONE_MAX) {
                gone.values().removeIf(turn -> turn <= time);
            }
        }
    }

    /** Removes those that match, of all tenants. */
    void removeIf(Predicate<E> which) {
        for (Line<E> line : List.copyOf(lines.values())) {
            int before = line.waiting.size();
            line.waiting.removeIf(which);
            size -= before - line.waiting.size();
            leaveIfEmpty(line);
        }
    }

    /** Removes one that matches from the end of the longest line that has one; null when there is none. */
    @Nullable
    E cutLast(Predicate<E> which) {
        Comparator<Line<E>> shorter =
                Comparator.comparingInt((Line<E> line) -> line.waiting.size()).thenComparingLong(line -> line.number);
        if (lines.isEmpty()) {
            return null;
        }
        E cut = cutLast(Collections.max(lines.values(), shorter), which);
        if (cut == null) {
            List<Line<E>> others = new ArrayList<>(lines.values());
            others.sort(shorter.reversed());
            for (int i = 1; i < others.size() && cut == null; i++) {
                cut = cutLast(others.get(i), which);
            }
        }
        return cut;
    }

    private @Nullable E cutLast(Line<E> line, Predicate<E> which) {
        for (Iterator<E> last = line.waiting.descendingIterator(); last.hasNext(); ) {
            E waits = last.next();
            if (which.test(waits)) {
                last.remove();
                size--;
                leaveIfEmpty(line);
                return waits;
            }
        }
        return null;
    }

    void forEach(Consumer<E> each) {
        lines.values().forEach(line -> line.waiting.forEach(each));
    }

    /** Adds to each tenant's count how many of it wait. */
    void count(Map<String, Integer> byTenant) {
        lines.values().forEach(line -> byTenant.merge(line.tenant, line.waiting.size(), Integer::sum));
    }

    boolean isEmpty() {
        return lines.isEmpty();
    }

    int size() {
        return size;
    }

    int tenants() {
        return lines.size();
    }
}
