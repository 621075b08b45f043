package dev.leasehold.engine.lane;

import dev.leasehold.store.DueTask;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Runs whose lane was lost, or whose thread did not leave the handler: their tasks must not start here before they are over.
 * Remembers the row of such a task where one was read meanwhile.
 */
final class Strays {

    private final Map<Long, Optional<DueTask>> tasks = new HashMap<>();

    /**
     * How many threads of runs that are over are still inside a handler, by task. Never zero; less for a moment where a
     * thread's leaving is heard of before its staying, since both are told by threads of their own.
     */
    private final Map<Long, Integer> inside = new HashMap<>();

    /** The lane of a run under way was lost. */
    void lost(long task) {
        tasks.put(task, Optional.empty());
    }

    /** True when the task may not start yet; its row is kept. */
    boolean holdsBack(DueTask row) {
        return tasks.computeIfPresent(row.id(), (id, before) -> Optional.of(row)) != null;
    }

    boolean holds(long task) {
        return tasks.containsKey(task);
    }

    /** A run is over; the row that waited for it, if nothing else is in its way. */
    Optional<DueTask> ended(long task) {
        return inside.containsKey(task) ? Optional.empty() : forget(task);
    }

    /** The thread of a run that is over is still inside. */
    Optional<DueTask> stayed(long task, boolean running) {
        if (insideAfter(task, 1)) {
            tasks.putIfAbsent(task, Optional.empty());
            return Optional.empty();
        }
        return running ? Optional.empty() : forget(task);
    }

    /** Such a thread has left. While a run of the task is under way, the end of that run sets the task free. */
    Optional<DueTask> left(long task, boolean running) {
        return insideAfter(task, -1) || running ? Optional.empty() : forget(task);
    }

    /** Counts one more or one less; true while somebody is inside, or a word is missing. */
    private boolean insideAfter(long task, int more) {
        int now = inside.getOrDefault(task, 0) + more;
        if (now == 0) {
            inside.remove(task);
        } else {
            inside.put(task, now);
        }
        return now != 0;
    }

    private Optional<DueTask> forget(long task) {
        Optional<DueTask> row = tasks.remove(task);
        return row == null ? Optional.empty() : row;
    }
}
