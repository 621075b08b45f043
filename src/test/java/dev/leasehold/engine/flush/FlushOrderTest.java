package dev.leasehold.engine.flush;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import dev.leasehold.engine.lane.OwnedLanes;
import dev.leasehold.engine.lane.Ready;
import dev.leasehold.engine.plan.Ending;
import dev.leasehold.engine.plan.FailureRules;
import dev.leasehold.engine.plan.Planner;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.SqlWork;
import dev.leasehold.lease.Ticker;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.LaneFence;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which flushes are under way at once; each one's transaction lasts until the test ends it. */
class FlushOrderTest {

    private static final int LANES = 8;
    private static final int STREAMS = 2;

    private final ActorTestKit kit = ActorTestKit.create();
    private final PendingLeases leases = new PendingLeases();
    private final Flush flush = new Flush(
            kit.system(),
            leases,
            Ticker.SYSTEM,
            "node",
            new OwnedLanes(),
            FailureRules.DEFAULT,
            new FlushSettings(1, Duration.ofMillis(1), STREAMS),
            100,
            new Deaf());

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    /** Nobody works; the test says when a transaction is over. */
    private static final class PendingLeases implements Leases {
        private final BlockingQueue<CompletableFuture<?>> begun = new LinkedBlockingQueue<>();

        @Override
        public <T> CompletionStage<T> run(
                PoolName pool, LeaseClass leaseClass, Holder holder, Hold hold, SqlWork<T> work) {
            CompletableFuture<T> pending = new CompletableFuture<>();
            begun.add(pending);
            return pending;
        }

        @Override
        public <T> CompletionStage<T> inTransaction(
                PoolName pool, LeaseClass leaseClass, Holder holder, Hold hold, SqlWork<T> work) {
            return run(pool, leaseClass, holder, hold, work);
        }
    }

    private static final class Deaf implements Flush.Listener {
        @Override
        public void settled(List<Settled> settled) {
            // Nothing is ever written here.
        }

        @Override
        public void lost(Set<LaneFence> fences) {
            throw new AssertionError("lost " + fences);
        }

        @Override
        public void flushed(Duration took, int size, int locked) {
            assertThat(size).isEqualTo(1);
        }
    }

    private static Result result(long id, int lane) {
        Instant now = Instant.EPOCH;
        DueTask task = new DueTask(
                id, lane, 0, now, null, 1, 1, 1, 0, 0, 0, 0, "default", "echo", "default", null, null, "{}", null, null,
                null);
        Ending ending = new Ending(Outcome.success(), now, now, List.of(), List.of(), 0);
        return new Result(
                new Ready(task, new LaneFence(lane, 1, new UUID(1, lane)), false),
                RetryPolicy.none(),
                ending,
                new Planner(FailureRules.DEFAULT).plan(task, RetryPolicy.none(), ending, FailureRules.History.NONE),
                null);
    }

    private CompletableFuture<?> begun() throws InterruptedException {
        CompletableFuture<?> next = leases.begun.poll(10, TimeUnit.SECONDS);
        assertThat(next).as("a flush that begins").isNotNull();
        return java.util.Objects.requireNonNull(next);
    }

    @SuppressWarnings("unchecked")
    private static void end(CompletableFuture<?> flush) {
        ((CompletableFuture<FlushWriter.Flushed>) flush)
                .complete(new FlushWriter.Flushed(List.of(), List.of(), 0, Set.of(), false, false));
    }

    @Test
    void twoOfOneLaneNeverOverlap() throws Exception {
        for (int id = 1; id <= 3; id++) {
            flush.offer(result(id, 3));
        }
        // One of the other stream began after them and is there: so would be a second one of theirs.
        CompletableFuture<?> first = begun();
        flush.offer(result(4, 4));
        CompletableFuture<?> other = begun();
        assertThat(leases.begun.poll(100, TimeUnit.MILLISECONDS))
                .as("one more of lane 3")
                .isNull();

        end(first);
        CompletableFuture<?> second = begun();
        assertThat(leases.begun.poll(100, TimeUnit.MILLISECONDS))
                .as("one more of lane 3")
                .isNull();
        end(second);
        end(begun());
        end(other);
        await().untilAsserted(() -> assertThat(leases.begun).isEmpty());
    }

    @Test
    void aLaneWaitsForNoOtherStream() throws Exception {
        for (int lane = 0; lane < LANES; lane++) {
            flush.offer(result(lane + 1, lane));
        }

        CompletableFuture<?> one = begun();
        CompletableFuture<?> other = begun();

        assertThat(leases.begun.poll(100, TimeUnit.MILLISECONDS))
                .as("more than there are streams")
                .isNull();
        end(one);
        end(other);
        for (int no = STREAMS; no < LANES; no++) {
            end(begun());
        }
    }

    @Test
    void endsWhenAllThatWasOfferedIsThrough() throws Exception {
        flush.offer(result(1, 0));
        CompletableFuture<?> last = begun();

        CompletableFuture<?> complete = flush.complete().toCompletableFuture();
        assertThat(complete).isNotDone();
        end(last);

        assertThat(complete).succeedsWithin(Duration.ofSeconds(10));
    }
}
