package dev.leasehold.engine.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.Kill;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.Adapter;
import dev.leasehold.engine.flush.Flush;
import dev.leasehold.engine.flush.FlushSettings;
import dev.leasehold.engine.flush.Settled;
import dev.leasehold.engine.lane.OwnedLanes;
import dev.leasehold.engine.lane.Ready;
import dev.leasehold.engine.plan.FailureRules;
import dev.leasehold.engine.plan.Planner;
import dev.leasehold.lease.CallSite;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.Lease;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolGuardian;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.SqlWork;
import dev.leasehold.lease.Ticker;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.LaneFence;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One actor sees to run after run: nothing of one may reach the next. */
class RunnerTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    record Nothing() {}

    /** What a handler waits for, and what it was given. */
    private record Inside(TaskContext context, CountDownLatch leave) {}

    private final ActorTestKit kit = ActorTestKit.create();
    private final RunBoard board = new RunBoard();
    private final HandlerThreads threads = HandlerThreads.pooled(4, 10);
    private final LinkedBlockingQueue<Inside> inside = new LinkedBlockingQueue<>();
    private final TestProbe<PoolGuardian.Command> guardian = kit.createTestProbe();
    private ActorRef<TypeSupervisor.Command> supervisor;

    @BeforeEach
    void start() {
        Flush flush = new Flush(
                kit.system(),
                NO_LEASES,
                Ticker.SYSTEM,
                "node",
                new OwnedLanes(),
                FailureRules.DEFAULT,
                new FlushSettings(10, Duration.ofMillis(1), 1),
                100,
                new SilentFlush());
        RunParts parts = new RunParts(
                "node",
                Map.of(PoolName.PLATFORM, guardian.ref(), PoolName.USERDATA, guardian.ref()),
                true,
                Duration.ofSeconds(30),
                threads,
                flush,
                new Planner(FailureRules.DEFAULT),
                FailureRules.DEFAULT,
                board,
                new SilentRuns(),
                () -> NOON,
                Ticker.SYSTEM,
                Duration.ofMillis(50));
        supervisor = kit.spawn(TypeSupervisor.create(parts, TypeRegistry.Registered.of(new Waiting())));
    }

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
        threads.close();
    }

    @Test
    void theNextRunHasTheActorOfOneThatLeftNothingBehind() throws Exception {
        RunState first = begin(1);
        end(first);
        RunState second = begin(2);

        assertThat(second.actor()).isEqualTo(first.actor());
        end(second);
    }

    @Test
    void runsAtOnceHaveAnActorEach() throws Exception {
        RunState first = begin(1);
        Inside one = inside.take();
        RunState second = begin(2);

        assertThat(second.actor()).isNotEqualTo(first.actor());
        one.leave().countDown();
        end(second);
    }

    @Test
    void whatWasSaidToTheRunBeforeDoesNotReachTheNext() throws Exception {
        RunState first = begin(1);
        HandlerCall old = first.call();
        end(first);
        RunState second = begin(2);
        ActorRef<TaskRunner.Command> runner = actorOf(second);

        runner.tell(new TaskRunner.Stop(first, HandlerCall.Stop.CANCELLED));
        runner.tell(new TaskRunner.Returned(old, Outcome.success(), null));
        CompletableFuture<Lease> granted = new CompletableFuture<>();
        runner.tell(new TaskRunner.LeaseWanted(
                old, PoolName.PLATFORM, Hold.atMost(Duration.ofSeconds(1)), CallSite.here(), granted));

        // Refused as of an attempt that has ended; by then the two before it have been read.
        await().until(granted::isCompletedExceptionally);
        guardian.expectNoMessage(Duration.ZERO);
        assertThat(second.call().stopped()).isNull();
        assertThat(board.find(2)).isPresent();
        end(second);
    }

    @Test
    void aRestingActorRefusesLeasesAndHearsOfNoEnd() throws Exception {
        RunState first = begin(1);
        end(first);
        ActorRef<TaskRunner.Command> runner = actorOf(first);
        CompletableFuture<Lease> granted = new CompletableFuture<>();

        runner.tell(new TaskRunner.Stop(first, HandlerCall.Stop.ABANDONED));
        runner.tell(new TaskRunner.LeaseWanted(
                first.call(), PoolName.PLATFORM, Hold.atMost(Duration.ofSeconds(1)), CallSite.here(), granted));

        await().until(granted::isCompletedExceptionally);
        assertThat(first.call().stopped()).isNull();
        guardian.expectNoMessage(Duration.ZERO);
    }

    @Test
    void aRunThatStillWaitsForALeaseTakesItsActorWithIt() throws Exception {
        RunState first = begin(1);
        Inside one = inside.take();
        Thread child = new Thread(() -> {
            try {
                one.context().withConnection("platform", Duration.ofSeconds(1), connection -> true);
            } catch (Exception e) {
                Thread.currentThread().interrupt(); // nobody grants it
            }
        });
        child.setDaemon(true);
        child.start();
        PoolGuardian.Acquire asked = guardian.expectMessageClass(PoolGuardian.Acquire.class);
        one.leave().countDown();

        TestProbe<Object> watcher = kit.createTestProbe();
        watcher.expectTerminated(asked.owner(), Duration.ofSeconds(10));
        RunState second = begin(2);
        assertThat(second.actor()).isNotEqualTo(first.actor());
        end(second);
        child.interrupt();
    }

    @Test
    void aRestingActorThatFailedIsNotUsedAgain() throws Exception {
        RunState first = begin(1);
        end(first);
        Adapter.toClassic(actorOf(first)).tell(Kill.getInstance(), akka.actor.ActorRef.noSender());
        TestProbe<Object> watcher = kit.createTestProbe();
        watcher.expectTerminated(actorOf(first), Duration.ofSeconds(10));

        // Its supervisor may hear of it before this start or after it; the run must not be lost either way.
        start(2);
        start(3); // once this one is there, the one before was taken up
        await().until(() -> board.find(3).isPresent());

        await().until(() -> {
            letAllLeave();
            return board.size() == 0;
        });
    }

    private void letAllLeave() {
        for (Inside each = inside.poll(); each != null; each = inside.poll()) {
            each.leave().countDown();
        }
    }

    private void start(long task) {
        DueTask due =
                new DueTask(task, 0, 2, NOON, 1, 1, 1, 0, 0, 0, "default", "t", null, null, "{}", null, null, null);
        supervisor.tell(new TypeSupervisor.Start(List.of(new Ready(due, new LaneFence(0, 1, new UUID(1, 1)), false))));
    }

    private RunState begin(long task) {
        start(task);
        await().until(() -> board.find(task)
                .filter(run -> run.actor() != null && !inside.isEmpty())
                .isPresent());
        return board.find(task).orElseThrow();
    }

    private void end(RunState run) throws InterruptedException {
        Inside now = inside.poll(10, TimeUnit.SECONDS);
        assertThat(now).isNotNull();
        now.leave().countDown();
        await().until(() -> board.find(run.taskId()).isEmpty());
        // Its actor rests a moment after that: the next message is read then.
        CompletableFuture<Lease> refused = new CompletableFuture<>();
        actorOf(run)
                .tell(new TaskRunner.LeaseWanted(
                        run.call(), PoolName.PLATFORM, Hold.atMost(Duration.ofSeconds(1)), CallSite.here(), refused));
        await().until(refused::isCompletedExceptionally);
    }

    private static ActorRef<TaskRunner.Command> actorOf(RunState run) {
        return Objects.requireNonNull(run.actor());
    }

    private final class Waiting implements TaskHandler<Nothing> {

        @Override
        public TaskType<Nothing> type() {
            return TaskType.of("t", Nothing.class);
        }

        @Override
        public Outcome run(Nothing payload, TaskContext context) throws InterruptedException {
            Inside now = new Inside(context, new CountDownLatch(1));
            inside.add(now);
            now.leave().await();
            return Outcome.success();
        }
    }

    /** The flush never gets to the database: what it is offered is enough here. */
    private static final Leases NO_LEASES = new Leases() {

        @Override
        public <T> CompletionStage<T> run(
                PoolName pool, LeaseClass leaseClass, Holder holder, Hold hold, SqlWork<T> work) {
            return new CompletableFuture<>();
        }

        @Override
        public <T> CompletionStage<T> inTransaction(
                PoolName pool, LeaseClass leaseClass, Holder holder, Hold hold, SqlWork<T> work) {
            return new CompletableFuture<>();
        }
    };

    private static final class SilentFlush implements Flush.Listener {

        @Override
        public void settled(List<Settled> settled) {}

        @Override
        public void lost(Set<LaneFence> fences) {}

        @Override
        public void flushed(Duration took, int size, int locked) {}
    }

    private static final class SilentRuns implements RunListener {

        @Override
        public void settled(Settled settled) {}

        @Override
        public void abandoned(Ready run) {}

        @Override
        public void strayed(long task) {}

        @Override
        public void left(long task) {}

        @Override
        public void lost(LaneFence fence) {}

        @Override
        public void restarted(String type) {}
    }
}
