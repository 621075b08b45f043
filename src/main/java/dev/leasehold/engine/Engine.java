package dev.leasehold.engine;

import akka.Done;
import dev.leasehold.engine.lane.Obstacle;
import dev.leasehold.engine.run.TypeRegistry;
import dev.leasehold.store.Batches;
import dev.leasehold.store.TaskRow;
import dev.leasehold.store.Tasks;
import dev.leasehold.task.TaskSpec;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * The engine of a node as API, dashboard and wiring see it. All methods may be called from any thread and none blocks.
 * What stands in the database is read with the store's classes; here is what only this node knows.
 */
public interface Engine {

    /** Completes once restoration is over and every lane is owned, or the node has found living owners and is a standby. */
    CompletionStage<Done> ready();

    /** The types that have a handler on this node. */
    TypeRegistry types();

    /**
     * Creates tasks in one transaction and wakes the lanes; fails with {@link IllegalArgumentException} for the first spec
     * that its type refuses, and then nothing was created.
     *
     * @return one answer a spec, in the order given, after COMMIT
     */
    CompletionStage<List<Tasks.Created>> create(List<TaskSpec> specs);

    /**
     * Creates tasks and one that runs when all of them have succeeded, in one transaction; fails as {@link #create} does.
     */
    CompletionStage<Batches.Created> createBatch(List<TaskSpec> members, TaskSpec completion);

    /** To be called after the COMMIT of every enqueue that did not go through {@link #create}. */
    void created(Collection<Tasks.Created> tasks);

    /**
     * To be called after the COMMIT of every change of a task: a cancelled one's run is stopped, one that is due is picked
     * up. A call that is lost costs a second, not the change.
     */
    void changed(TaskRow task);

    /** What keeps a task that is active and due from starting on this node, from the code that starts it, or does not. */
    CompletionStage<Obstacle> obstacle(TaskRow task);

    /** How the engine stands; a snapshot, at most some hundred milliseconds old. */
    EngineStatus status();

    /** Counts since this node's start. */
    SessionStats session();

    /** The run of this task that is under way on this node. */
    Optional<RunningView> running(long taskId);

    /** The runs under way on this node, the oldest first, at most so many. */
    List<RunningView> running(int limit);

    /**
     * Starts nothing more and waits for the runs under way; those that are not done within the limit are interrupted.
     * Completes when no run is left or a moment after the limit.
     */
    CompletionStage<Done> drain(Duration limit);

    /** Gives the lanes back and says goodbye; to be called after {@link #drain}. */
    CompletionStage<Done> stop();
}
