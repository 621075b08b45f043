package dev.leasehold.engine.limit;

import dev.leasehold.store.DueTask;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What waits in memory under limits that hold over all nodes.
 *
 * @param wanted tasks that wait for a slot of each limit: a task collects its slots one after the other
 * @param full limits of whose tasks enough wait: reading more would crowd out others
 * @param blocked tasks that wait for a slot of a limit, by type: they take no room from those that may start
 * @param enough tasks of a limit that are enough
 */
public record Survey(Map<LimitKey, Integer> wanted, Set<LimitKey> full, Map<String, Integer> blocked, int enough) {

    /** Where no limit is set. */
    public static final Survey NONE = new Survey(Map.of(), Set.of(), Map.of(), 0);

    private static final int ENOUGH_MAX = 128;

    /**
     * Counts.
     *
     * @param most rows of all limits together that may wait
     * @param waiting goes over all that wait
     */
    public static Survey of(SlotDesk desk, int most, Consumer<Consumer<DueTask>> waiting) {
        Map<LimitKey, Integer> wanted = new HashMap<>();
        Map<LimitKey, Integer> all = new HashMap<>();
        Map<String, Integer> blocked = new HashMap<>();
        waiting.accept(task -> {
            boolean free = true;
            for (LimitKey key : desk.about(task.queue(), task.tenant(), task.type())) {
                all.merge(key, 1, Integer::sum);
                if (free) {
                    wanted.merge(key, 1, Integer::sum);
                    free = desk.free(key) > 0;
                }
            }
            if (!free) {
                blocked.merge(task.type(), 1, Integer::sum);
            }
        });
        int enough = Math.max(1, Math.min(ENOUGH_MAX, most / Math.max(1, all.size())));
        Set<LimitKey> full = new HashSet<>();
        all.forEach((key, count) -> {
            if (count >= enough) {
                full.add(key);
            }
        });
        return new Survey(wanted, full, blocked, enough);
    }

    /** Whether enough tasks of a limit wait. */
    public boolean isFull(LimitKey.Kind kind, String name) {
        return !full.isEmpty() && full.contains(new LimitKey(kind, name));
    }
}
