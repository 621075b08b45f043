package dev.leasehold;

import dev.leasehold.engine.NewTasks;
import dev.leasehold.engine.RestorationStep;
import dev.leasehold.store.NewTask;
import dev.leasehold.store.Tasks;
import dev.leasehold.task.MissingTasks;
import dev.leasehold.task.TaskSpec;
import java.sql.Connection;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Creates what a type misses; each task carries a key, so that several nodes that start together create it once. */
record MissingTasksStep(MissingTasks tasks, NewTasks newTasks, Clock clock) implements RestorationStep {

    /** Rows of one insert: enough to be fast, few enough for one statement's memory. */
    private static final int BATCH = 1000;

    @Override
    public String name() {
        return tasks.name();
    }

    @Override
    public int restore(Connection connection) throws Exception {
        Instant now = clock.instant();
        List<TaskSpec> missing = tasks.missing(connection);
        int created = 0;
        for (int from = 0; from < missing.size(); from += BATCH) {
            List<NewTask> rows = new ArrayList<>();
            for (TaskSpec spec : missing.subList(from, Math.min(from + BATCH, missing.size()))) {
                if (spec.key() == null) {
                    throw new IllegalStateException("step " + name() + " asks for a task without a key");
                }
                rows.add(newTasks.of(spec, now));
            }
            created += (int) Tasks.create(connection, rows).stream()
                    .filter(Tasks.Created::created)
                    .count();
        }
        return created;
    }
}
