package dev.leasehold.engine.cycle;

import dev.leasehold.store.DueTask;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts a run once as found: at its first attempt, and not again where that was handed out before and given up without a
 * result. Pure.
 */
final class FoundOnce {

    private static final int REMEMBERED_MAX = 10_000;

    /** Runs that were given up, by task. */
    private final Map<Long, Integer> abandoned = new LinkedHashMap<>();

    boolean isNew(DueTask task) {
        Integer before = abandoned.remove(task.id());
        return task.attempt() == 1 && (before == null || before != task.runNo());
    }

    void abandoned(DueTask task) {
        abandoned.put(task.id(), task.runNo());
        if (abandoned.size() > REMEMBERED_MAX) {
            abandoned.remove(abandoned.keySet().iterator().next());
        }
    }
}
