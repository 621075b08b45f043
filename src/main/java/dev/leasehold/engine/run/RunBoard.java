package dev.leasehold.engine.run;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The runs under way on this node, for those who look at all of them: ledger, time-outs, dashboard. */
public final class RunBoard {

    private final Map<Long, RunState> runs = new ConcurrentHashMap<>();

    void add(RunState run) {
        runs.put(run.taskId(), run);
    }

    void remove(RunState run) {
        runs.remove(run.taskId(), run);
    }

    public Optional<RunState> find(long task) {
        return Optional.ofNullable(runs.get(task));
    }

    public Collection<RunState> all() {
        return java.util.Collections.unmodifiableCollection(runs.values());
    }

    public int size() {
        return runs.size();
    }
}
