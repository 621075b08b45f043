package dev.leasehold.engine.flush;

import akka.Done;
import akka.actor.typed.ActorSystem;
import akka.stream.BoundedSourceQueue;
import akka.stream.QueueOfferResult;
import akka.stream.javadsl.Keep;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import dev.leasehold.engine.lane.OwnedLanes;
import dev.leasehold.engine.plan.Ending;
import dev.leasehold.engine.plan.FailureRules;
import dev.leasehold.engine.plan.Planner;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.Ticker;
import dev.leasehold.store.LaneFence;
import dev.leasehold.store.Partitions;
import dev.leasehold.store.SqlState;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one way by which results reach the table: results in, one transaction out, confirmations back. Lanes are dealt out to
 * a few streams, each of which writes one transaction after the other: two of one lane would wait for each other at its
 * counters until the disk has answered. A stream's queue is as long as there are slots, so an accepted run always finds
 * room, and back-pressure is the slot that is not free yet.
 *
 * <p>A flush that fails is repeated until it is known what became of each result: what cannot be stored is found by halves,
 * a lost connection leaves the outcome unknown, and the repetition writes only what is missing.
 */
public final class Flush {

    private static final Logger LOG = LoggerFactory.getLogger(Flush.class);

    private static final Holder HOLDER = Holder.node("flush", Holder.Session.TUNED);
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(5));
    private static final int DAYS_AHEAD = 7;
    private static final Duration WAIT_MIN = Duration.ofMillis(20);
    private static final Duration WAIT_MAX = Duration.ofSeconds(1);
    private static final Duration LOCKED_WAIT = Duration.ofMillis(50);

    /** Who hears what became of results; called on the flush's threads. */
    public interface Listener {

        /** Results whose end is known. */
        void settled(List<Settled> settled);

        /** Ownerships that the database does not know any more. */
        void lost(Set<LaneFence> fences);

        /** A flush is through; {@code locked} results wait because somebody else holds their rows. */
        void flushed(Duration took, int size, int locked);

        /** Events of some of the results were committed with them. */
        default void emitted() {}

        /** Tasks have ended for which others wait. */
        default void endedNeeds() {}
    }

    private final ActorSystem<?> system;
    private final Leases leases;
    private final Ticker ticker;
    private final Planner planner;
    private final FlushWriter writer;
    private final Listener listener;
    private final List<BoundedSourceQueue<Result>> queues = new ArrayList<>();
    private final List<CompletionStage<Done>> ends = new ArrayList<>();
    private final Caution caution;

    /**
     * Starts the streams.
     *
     * @param node this node's incarnation
     * @param capacity results that may wait: at least as many as there are slots
     */
    public Flush(
            ActorSystem<?> system,
            Leases leases,
            Ticker ticker,
            String node,
            OwnedLanes owned,
            FailureRules rules,
            FlushSettings settings,
            int capacity,
            Listener listener) {
        this.system = system;
        this.leases = leases;
        this.ticker = ticker;
        this.planner = new Planner(rules);
        this.writer = new FlushWriter(node, owned, planner, rules);
        this.listener = listener;
        this.caution = new Caution(ticker);
        for (int stream = 0; stream < settings.parallelism(); stream++) {
            akka.japi.Pair<BoundedSourceQueue<Result>, CompletionStage<Done>> running = Source.<Result>queue(capacity)
                    .groupedWithin(settings.batch(), settings.fill())
                    .mapAsync(1, this::flush)
                    .toMat(Sink.ignore(), Keep.both())
                    .run(system);
            queues.add(running.first());
            ends.add(running.second());
        }
    }

    private BoundedSourceQueue<Result> queue(Result result) {
        return queues.get(result.run().fence().lane() % queues.size());
    }

    /**
     * Takes a result over.
     *
     * @throws IllegalStateException when the stream has ended: the node stops, and the run will be due again
     */
    public void offer(Result result) {
        QueueOfferResult offered = queue(result).offer(result);
        if (!offered.isEnqueued()) {
            throw new IllegalStateException("the flush does not take results any more (" + offered + ")");
        }
    }

    /** Ends the streams when all that was offered is flushed. */
    public CompletionStage<Done> complete() {
        queues.forEach(BoundedSourceQueue::complete);
        CompletionStage<Done> all = doneNow();
        for (CompletionStage<Done> end : ends) {
            all = all.thenCombine(end, (before, now) -> now);
        }
        return all;
    }

    private CompletionStage<Done> flush(List<Result> batch) {
        return flush(batch, new Try(0, false));
    }

    /** How often a batch was tried, and whether partitions were made for it. */
    private record Try(int failures, boolean madePartitions) {

        Try failed() {
            return new Try(failures + 1, madePartitions);
        }

        Duration backOff() {
            Duration wait = WAIT_MIN.multipliedBy(1L << Math.min(failures, 10));
            return wait.compareTo(WAIT_MAX) < 0 ? wait : WAIT_MAX;
        }
    }

    private CompletionStage<Done> flush(List<Result> batch, Try earlier) {
        long start = ticker.nanos();
        boolean inTransaction = FlushWriter.needsTransaction(batch);
        boolean careful = caution.isDueTo(inTransaction, earlier.failures());
        CompletionStage<FlushWriter.Flushed> written = inTransaction
                ? leases.inTransaction(
                        PoolName.PLATFORM,
                        LeaseClass.CONTROL,
                        HOLDER,
                        HOLD,
                        connection -> writer.write(connection, batch, careful))
                : leases.run(
                        PoolName.PLATFORM,
                        LeaseClass.CONTROL,
                        HOLDER,
                        HOLD,
                        connection -> writer.write(connection, batch, careful));
        return written.thenApply(flushed -> {
                    deliver(flushed, Duration.ofNanos(ticker.nanos() - start), batch.size());
                    return flushed;
                })
                .handle((flushed, failure) -> {
                    if (failure != null) {
                        return afterFailure(batch, earlier, unwrapped(failure));
                    }
                    return flushed.again().isEmpty() ? doneNow() : goOn(flushed, earlier);
                })
                .thenCompose(next -> next);
    }

    private void deliver(FlushWriter.Flushed flushed, Duration took, int size) {
        listener.flushed(took, size, flushed.locked());
        if (flushed.emitted()) {
            listener.emitted();
        }
        if (flushed.endedNeeds()) {
            listener.endedNeeds();
        }
        if (!flushed.lost().isEmpty()) {
            listener.lost(flushed.lost());
        }
        if (!flushed.settled().isEmpty()) {
            listener.settled(flushed.settled());
        }
    }

    /** What was planned anew is written at once; rows that somebody else has locked get a moment. */
    private CompletionStage<Done> goOn(FlushWriter.Flushed flushed, Try earlier) {
        List<Result> again = flushed.again();
        boolean onlyLocked = flushed.locked() == again.size();
        if (!onlyLocked) {
            return flush(again, earlier);
        }
        // They must not hold up those behind them: they join a later flush.
        later(LOCKED_WAIT, () -> {
            for (Result each : again) {
                if (!queue(each).offer(each).isEnqueued()) {
                    flush(List.of(each), earlier);
                }
            }
        });
        return doneNow();
    }

    private CompletionStage<Done> afterFailure(List<Result> batch, Try earlier, Throwable failure) {
        String state = SqlState.of(failure).orElse("");
        if (state.equals("23514") && !earlier.madePartitions()) {
            LOG.warn("flush of {} results met a day without partition, making partitions", batch.size());
            return leases.run(PoolName.PLATFORM, LeaseClass.CONTROL, HOLDER, HOLD, connection -> {
                        Partitions.ensure(connection, DAYS_AHEAD);
                        return Done.getInstance();
                    })
                    .handle((made, cannot) -> flush(batch, new Try(earlier.failures() + 1, cannot == null)))
                    .thenCompose(next -> next);
        }
        if (state.startsWith("22") || state.startsWith("23") || state.startsWith("54") || isOfAResult(failure)) {
            return apart(batch, earlier, failure, state);
        }
        caution.afterFailure(state);
        if ((state.startsWith("40") || state.equals(SqlState.LOCK_NOT_AVAILABLE)) && earlier.failures() < 3) {
            return flush(batch, earlier.failed());
        }
        LOG.warn(
                "flush of {} results failed, repeating in {}: {}", batch.size(), earlier.backOff(), failure.toString());
        CompletableFuture<Done> next = new CompletableFuture<>();
        later(
                earlier.backOff(),
                () -> flush(batch, earlier.failed()).whenComplete((ok, no) -> next.complete(Done.getInstance())));
        return next;
    }

    /** A value that no column can hold, found before it was sent. */
    private static boolean isOfAResult(Throwable failure) {
        return failure instanceof ArithmeticException
                || failure instanceof DateTimeException
                || failure instanceof IllegalArgumentException;
    }

    /** One result that cannot be stored must not fail the others: halves, down to the one. */
    private CompletionStage<Done> apart(List<Result> batch, Try earlier, Throwable failure, String state) {
        if (batch.size() > 1) {
            int half = batch.size() / 2;
            return flush(List.copyOf(batch.subList(0, half)), earlier.failed())
                    .thenCompose(first -> flush(List.copyOf(batch.subList(half, batch.size())), earlier.failed()));
        }
        Result result = batch.get(0);
        LOG.error("result of task {} cannot be stored ({})", result.run().task().id(), state, failure);
        if (result.ending().outcome().result() == null
                && result.ending().said().log().isEmpty()
                && earlier.failures() > 20) {
            // Even its bare failure is refused: the run stays due, and whoever reads the log must look at its row.
            listener.settled(List.of(Settled.of(result, Settled.How.GONE, 0)));
            return doneNow();
        }
        Ending plain = new Ending(
                Outcome.failed(Reason.UNKNOWN, "the result could not be stored (SQLSTATE " + state + ")")
                        .permanent(),
                result.ending().startedAt(),
                result.ending().finishedAt(),
                List.of(),
                List.of(),
                result.ending().random());
        Result bare = new Result(
                result.run(),
                result.retry(),
                plain,
                planner.plan(result.run().task(), result.retry(), plain, FailureRules.History.NONE),
                result.replyTo());
        return flush(List.of(bare), earlier.failed());
    }

    private void later(Duration wait, Runnable work) {
        system.scheduler().scheduleOnce(wait, work, system.executionContext());
    }

    private static CompletionStage<Done> doneNow() {
        return CompletableFuture.completedFuture(Done.getInstance());
    }

    private static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }
}
