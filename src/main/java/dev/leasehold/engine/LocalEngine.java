package dev.leasehold.engine;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import dev.leasehold.engine.cycle.CheckCycle;
import dev.leasehold.engine.cycle.CycleView;
import dev.leasehold.engine.cycle.DatabaseClock;
import dev.leasehold.engine.cycle.SessionCounters;
import dev.leasehold.engine.flush.Flush;
import dev.leasehold.engine.lane.LaneKeeper;
import dev.leasehold.engine.lane.Obstacle;
import dev.leasehold.engine.lane.OwnedLanes;
import dev.leasehold.engine.run.HandlerThreads;
import dev.leasehold.engine.run.RunBoard;
import dev.leasehold.engine.run.RunLedger;
import dev.leasehold.engine.run.RunState;
import dev.leasehold.engine.run.TypeRegistry;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.Lease;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.PoolName;
import dev.leasehold.store.Batches;
import dev.leasehold.store.BulkInsert;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.JobScheduled;
import dev.leasehold.store.NewTask;
import dev.leasehold.store.TaskRow;
import dev.leasehold.store.Tasks;
import dev.leasehold.task.TaskSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The engine of this node. */
final class LocalEngine implements Engine {

    /** What the engine is made of. */
    record Inside(
            ActorSystem<?> system,
            ActorRef<EngineActor.Command> actor,
            ActorRef<CheckCycle.Command> cycle,
            ActorRef<LaneKeeper.Command> lanes,
            Flush flush,
            HandlerThreads threads,
            RunBoard board,
            OwnedLanes owned,
            SessionCounters counters,
            EngineSwitch news,
            DatabaseClock clock,
            CompletionStage<Done> restored) {}

    private record Place(int lane, int priority) {}

    private static final Holder HOLDER = Holder.node("create-tasks", Holder.Session.AS_IS);
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(30));
    private static final Duration STOP_LIMIT = Duration.ofSeconds(3);
    private static final Duration FLUSH_LIMIT = Duration.ofSeconds(2);

    private final EngineSetup setup;
    private final Inside inside;
    private final NewTasks newTasks;
    private final Instant startedAt;
    private volatile @Nullable LocalDate madeUpTo;

    LocalEngine(EngineSetup setup, Inside inside) {
        this.setup = setup;
        this.inside = inside;
        this.newTasks = new NewTasks(setup.types());
        this.startedAt = setup.clock().instant();
    }

    @Override
    public CompletionStage<Done> ready() {
        return inside.restored();
    }

    @Override
    public TypeRegistry types() {
        return setup.types();
    }

    @Override
    public CompletionStage<List<Tasks.Created>> create(List<TaskSpec> specs) {
        List<NewTask> tasks = new ArrayList<>(specs.size());
        try {
            Instant now = inside.clock().get();
            for (TaskSpec spec : specs) {
                tasks.add(newTasks.of(spec, now));
            }
        } catch (IllegalArgumentException e) {
            return CompletableFuture.failedFuture(e);
        }
        return setup.leases()
                .inTransaction(PoolName.PLATFORM, LeaseClass.INTERACTIVE, HOLDER, HOLD, connection -> {
                    List<Tasks.Created> created = BulkInsert.isFor(tasks)
                            ? BulkInsert.create(connection, (sql, rows) -> Lease.copyIn(connection, sql, rows), tasks)
                            : Tasks.create(connection, tasks);
                    JobScheduled.insert(connection, setup.incarnation(), null, tasks, created);
                    return created;
                })
                .thenApply(created -> {
                    created(created);
                    return created;
                });
    }

    @Override
    public CompletionStage<Batches.Created> createBatch(List<TaskSpec> members, TaskSpec completion) {
        Instant now = inside.clock().get();
        List<NewTask> tasks = new ArrayList<>(members.size());
        NewTask last;
        try {
            members.forEach(spec -> tasks.add(newTasks.of(spec, now)));
            last = newTasks.of(completion, now);
        } catch (IllegalArgumentException e) {
            return CompletableFuture.failedFuture(e);
        }
        return setup.leases()
                .inTransaction(PoolName.PLATFORM, LeaseClass.INTERACTIVE, HOLDER, HOLD, connection -> {
                    Batches.Created batch = Batches.create(connection, tasks, last);
                    JobScheduled.insert(connection, setup.incarnation(), null, batch.rows(tasks, last), batch.all());
                    return batch;
                })
                .thenApply(batch -> {
                    created(batch.created());
                    return batch;
                });
    }

    @Override
    public void created(Collection<Tasks.Created> tasks) {
        Map<Place, Instant> earliest = new HashMap<>();
        for (Tasks.Created each : tasks) {
            Instant due = each.dueAt();
            if (each.created() && due != null) {
                earliest.merge(new Place(each.lane(), each.priority()), due, (a, b) -> a.isBefore(b) ? a : b);
            }
        }
        earliest.forEach((place, due) -> inside.cycle().tell(new CheckCycle.Wake(place.lane(), place.priority(), due)));
    }

    @Override
    public void changed(TaskRow task) {
        if (task.state().equals("cancelled")) {
            RunLedger.cancel(inside.board(), task.id());
        }
        Instant due = task.state().equals("active") ? task.dueAt() : null;
        inside.cycle().tell(new CheckCycle.Changed(task.lane(), task.priority(), task.id(), due));
    }

    @Override
    public CompletionStage<Obstacle> obstacle(TaskRow task) {
        Obstacle.Question asked = new Obstacle.Question(
                task.id(), task.lane(), task.type(), task.queue(), task.tenant(), task.concurrencyKey());
        return AskPattern.ask(
                inside.cycle(),
                replyTo -> new CheckCycle.Explain(asked, replyTo),
                STOP_LIMIT,
                inside.system().scheduler());
    }

    @Override
    public EngineStatus status() {
        CycleView view = inside.counters().view();
        return new EngineStatus(
                setup.incarnation(),
                inside.news().laneCount(),
                inside.owned().all(),
                inside.news().standby(),
                view.suspended(),
                view.lastReadAt(),
                view.overdue(),
                view.waiting(),
                view.running(),
                daysAhead(),
                inside.threads().zombies());
    }

    private @Nullable Integer daysAhead() {
        LocalDate upTo = madeUpTo;
        return upTo == null
                ? null
                : (int) ChronoUnit.DAYS.between(
                        LocalDate.ofInstant(inside.clock().get(), ZoneOffset.UTC), upTo);
    }

    /** The last day for which there is room in every table. */
    void madeUpTo(LocalDate day) {
        madeUpTo = day;
    }

    @Override
    public SessionStats session() {
        SessionCounters counters = inside.counters();
        CycleView view = counters.view();
        return new SessionStats(
                startedAt,
                counters.cycles(),
                counters.found(),
                counters.executed(),
                counters.failed(),
                counters.skipped(),
                counters.cancelled(),
                counters.retried(),
                counters.fenced(),
                view.interval().toMillis(),
                counters.lastCycleAt(),
                view.runningByType());
    }

    @Override
    public Optional<RunningView> running(long taskId) {
        return inside.board().find(taskId).map(LocalEngine::view);
    }

    @Override
    public List<RunningView> running(int limit) {
        return inside.board().all().stream()
                .sorted(Comparator.comparing(RunState::startedAt))
                .limit(limit)
                .map(LocalEngine::view)
                .toList();
    }

    private static RunningView view(RunState run) {
        DueTask task = run.ready().task();
        return new RunningView(
                task.id(),
                task.runNo(),
                task.attempt(),
                task.lane(),
                task.type(),
                task.tenant(),
                task.dueAt(),
                run.startedAt(),
                run.phase(),
                run.percent(),
                run.message(),
                run.lines());
    }

    @Override
    public CompletionStage<Done> drain(Duration limit) {
        return AskPattern.ask(
                inside.cycle(),
                replyTo -> new CheckCycle.Drain(limit, replyTo),
                limit.plus(STOP_LIMIT),
                inside.system().scheduler());
    }

    @Override
    public CompletionStage<Done> stop() {
        CompletionStage<Done> flushed = inside.flush()
                .complete()
                .toCompletableFuture()
                .completeOnTimeout(
                        Done.getInstance(), FLUSH_LIMIT.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS);
        return flushed.exceptionally(failure -> Done.getInstance())
                .thenCompose(done -> AskPattern.<LaneKeeper.Command, Done>ask(
                        inside.lanes(),
                        LaneKeeper.Release::new,
                        STOP_LIMIT,
                        inside.system().scheduler()))
                .handle((done, failure) -> {
                    setup.revokedLeases().stop();
                    inside.actor().tell(EngineActor.End.INSTANCE);
                    return Done.getInstance();
                });
    }
}
