package dev.leasehold;

import dev.leasehold.engine.Engine;
import dev.leasehold.engine.NewTasks;
import dev.leasehold.store.JobScheduled;
import dev.leasehold.store.NewTask;
import dev.leasehold.store.Tasks;
import dev.leasehold.task.TaskId;
import dev.leasehold.task.TaskSpec;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** Creates tasks from Java. What a type refuses is refused here, before anything is written. */
public final class LeaseholdTasks {

    private final Engine engine;
    private final NewTasks newTasks;
    private final Clock clock;

    LeaseholdTasks(Engine engine, Clock clock) {
        this.engine = engine;
        this.newTasks = new NewTasks(engine.types());
        this.clock = clock;
    }

    /**
     * What became of a spec.
     *
     * @param created false when a live task had its (tenant, type, key) already: the id is that task's
     */
    public record Created(TaskId id, boolean created) {}

    /** Creates a task in a transaction of its own; completes after COMMIT. */
    public CompletionStage<Created> create(TaskSpec spec) {
        return create(List.of(spec)).thenApply(all -> all.get(0));
    }

    /**
     * Creates tasks in one transaction: all or none. Answers in the order given, after COMMIT. A long list goes by COPY where
     * no task has a key, which is the fastest way; some 10,000 at once are a good measure.
     */
    public CompletionStage<List<Created>> create(List<TaskSpec> specs) {
        return engine.create(specs).thenApply(LeaseholdTasks::answers);
    }

    /**
     * What became of a batch.
     *
     * @param members in the order given
     * @param completion runs when all of them have succeeded
     */
    public record Batch(List<Created> members, TaskId completion) {}

    /** Creates tasks and one that runs when all of them have succeeded, in one transaction. */
    public CompletionStage<Batch> createBatch(List<TaskSpec> members, TaskSpec completion) {
        return engine.createBatch(members, completion)
                .thenApply(batch -> new Batch(
                        answers(batch.members()), new TaskId(batch.completion().id())));
    }

    /**
     * Creates a task inside the caller's own transaction, on the caller's own connection to the platform database. It becomes
     * due when that transaction commits, and never if it rolls back.
     *
     * @throws IllegalArgumentException when its type refuses it
     */
    public Created create(Connection connection, TaskSpec spec) throws SQLException {
        return create(connection, List.of(spec)).get(0);
    }

    /** As {@link #create(Connection, TaskSpec)}, for many. */
    public List<Created> create(Connection connection, List<TaskSpec> specs) throws SQLException {
        List<NewTask> tasks = new ArrayList<>();
        for (TaskSpec spec : specs) {
            tasks.add(newTasks.of(spec, clock.instant()));
        }
        List<Tasks.Created> created = Tasks.create(connection, tasks);
        JobScheduled.insert(connection, engine.status().incarnation(), null, tasks, created);
        Set<Integer> lanes = new LinkedHashSet<>();
        for (Tasks.Created each : created) {
            if (each.created()) {
                lanes.add(each.lane());
            }
        }
        for (int lane : lanes) {
            Tasks.notifyAtCommit(connection, lane);
        }
        return answers(created);
    }

    private static List<Created> answers(List<Tasks.Created> created) {
        return created.stream()
                .map(each -> new Created(new TaskId(each.id()), each.created()))
                .toList();
    }
}
