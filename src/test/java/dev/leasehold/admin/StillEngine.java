package dev.leasehold.admin;

import akka.Done;
import dev.leasehold.engine.Engine;
import dev.leasehold.engine.EngineStatus;
import dev.leasehold.engine.RunningView;
import dev.leasehold.engine.SessionStats;
import dev.leasehold.engine.lane.Obstacle;
import dev.leasehold.engine.run.TypeRegistry;
import dev.leasehold.store.Batches;
import dev.leasehold.store.TaskRow;
import dev.leasehold.store.Tasks;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

/** An engine that runs nothing and remembers what it was told. */
public final class StillEngine implements Engine {

    static final String INCARNATION = "node-a";

    public final List<Tasks.Created> woken = new CopyOnWriteArrayList<>();
    public final List<TaskRow> changes = new CopyOnWriteArrayList<>();
    public final List<RunningView> underWay = new CopyOnWriteArrayList<>();
    private final TypeRegistry types;

    StillEngine(List<TaskHandler<?>> handlers) {
        this.types = new TypeRegistry(handlers);
    }

    @Override
    public CompletionStage<Done> ready() {
        return CompletableFuture.completedFuture(Done.getInstance());
    }

    @Override
    public TypeRegistry types() {
        return types;
    }

    @Override
    public CompletionStage<List<Tasks.Created>> create(List<TaskSpec> specs) {
        throw new UnsupportedOperationException("the routes write the rows themselves");
    }

    @Override
    public CompletionStage<Batches.Created> createBatch(List<TaskSpec> members, TaskSpec completion) {
        throw new UnsupportedOperationException("the routes write the rows themselves");
    }

    @Override
    public void created(Collection<Tasks.Created> tasks) {
        woken.addAll(tasks);
    }

    @Override
    public void changed(TaskRow task) {
        changes.add(task);
    }

    /** What is answered to whoever asks why a task does not run. */
    public final AtomicReference<Obstacle> obstacle =
            new AtomicReference<>(new Obstacle(Obstacle.Kind.TYPE_FULL, "all 10 slots are taken"));

    @Override
    public CompletionStage<Obstacle> obstacle(TaskRow task) {
        return CompletableFuture.completedFuture(obstacle.get());
    }

    @Override
    public EngineStatus status() {
        return new EngineStatus(INCARNATION, 4, List.of(), false, false, null, false, 0, underWay.size(), 7, 0);
    }

    @Override
    public SessionStats session() {
        return new SessionStats(
                Instant.parse("2026-11-21T12:00:00Z"), 3, 10, 7, 2, 1, 0, 4, 0, 60_000, null, Map.of("demo-sleep", 2L));
    }

    @Override
    public Optional<RunningView> running(long taskId) {
        return underWay.stream().filter(run -> run.taskId() == taskId).findFirst();
    }

    @Override
    public List<RunningView> running(int limit) {
        return underWay.stream().limit(limit).toList();
    }

    @Override
    public CompletionStage<Done> drain(Duration limit) {
        return ready();
    }

    @Override
    public CompletionStage<Done> stop() {
        return ready();
    }
}
