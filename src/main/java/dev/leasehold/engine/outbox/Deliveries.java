package dev.leasehold.engine.outbox;

import dev.leasehold.engine.plan.Classify;
import dev.leasehold.engine.plan.LogLine;
import dev.leasehold.lease.Ticker;
import dev.leasehold.store.Outbox;
import dev.leasehold.task.EmittedEvent;
import dev.leasehold.task.EventSubscriber;
import dev.leasehold.task.RunId;
import dev.leasehold.task.TaskId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Hands a batch of events to the subscriber's code, on a thread where that may block. */
final class Deliveries {

    /** A batch is broken off after this, so that what was taken is removed soon; the rest comes with the next one. */
    private static final Duration BATCH_TIME = Duration.ofSeconds(1);

    private final EventSubscriber subscriber;
    private final Ticker ticker;
    private final Object lock = new Object(); // held for a moment only: so that no interrupt hits a later delivery
    private @Nullable UnderWay underWay;

    Deliveries(EventSubscriber subscriber, Ticker ticker) {
        this.subscriber = subscriber;
        this.ticker = ticker;
    }

    /** A delivery that failed, and what it said. */
    record Failure(Outbox.Event event, String error) {}

    /**
     * What came of a batch.
     *
     * @param taken ids of those that the subscriber has taken
     * @param cut whether the last failure is a delivery that was interrupted
     */
    record Outcome(List<Long> taken, List<Failure> failures, boolean cut) {}

    /** A delivery under way. */
    private static final class UnderWay {

        final Outbox.Event event;
        final Thread thread = Thread.currentThread();
        final long since;
        boolean cut;

        UnderWay(Outbox.Event event, long since) {
            this.event = event;
            this.since = since;
        }
    }

    /** In order; behind one that failed, the others of its task wait. */
    Outcome deliver(List<Outbox.Event> events) {
        long start = ticker.nanos();
        List<Long> taken = new ArrayList<>();
        List<Failure> failures = new ArrayList<>();
        Set<Long> held = new HashSet<>();
        for (Outbox.Event event : events) {
            boolean late = Duration.ofNanos(ticker.nanos() - start).compareTo(BATCH_TIME) > 0;
            if (late || Thread.currentThread().isInterrupted()) {
                break;
            }
            if (held.contains(event.taskId())) {
                continue;
            }
            @Nullable Throwable thrown = call(event);
            if (end()) {
                // However it ended: who swallows the interrupt and returns has hardly done its work.
                failures.add(new Failure(event, "it took too long and was interrupted"));
                return new Outcome(taken, failures, true);
            }
            if (thrown == null) {
                taken.add(event.id());
            } else if (thrown instanceof InterruptedException) {
                Thread.currentThread().interrupt(); // the node stops: it is delivered by whoever owns its lane next
                break;
            } else {
                held.add(event.taskId());
                failures.add(new Failure(event, LogLine.of(Classify.message(thrown))));
            }
        }
        return new Outcome(taken, failures, false);
    }

    private @Nullable Throwable call(Outbox.Event event) {
        synchronized (lock) {
            underWay = new UnderWay(event, ticker.nanos());
        }
        try {
            subscriber.deliver(view(event));
            return null;
        } catch (Throwable e) { // the edge to the application's code: whatever it throws is a failed delivery
            return e;
        }
    }

    /** Whether the delivery was cut; its interrupt is used up then. */
    private boolean end() {
        synchronized (lock) {
            UnderWay ended = underWay;
            underWay = null;
            boolean cut = ended != null && ended.cut;
            if (cut) {
                Thread.interrupted();
            }
            return cut;
        }
    }

    /** From another thread: interrupts the delivery under way where it has taken longer than this; once, and names it. */
    Optional<Outbox.Event> cutOverdue(Duration limit) {
        synchronized (lock) {
            UnderWay call = underWay;
            if (call == null || call.cut || ticker.nanos() - call.since <= limit.toNanos()) {
                return Optional.empty();
            }
            call.cut = true;
            call.thread.interrupt();
            return Optional.of(call.event);
        }
    }

    private static EmittedEvent view(Outbox.Event event) {
        TaskId task = new TaskId(event.taskId());
        return new EmittedEvent(
                Long.toString(event.id()),
                event.name(),
                event.payload(),
                task,
                new RunId(task, event.runNo()),
                event.attempt(),
                event.type(),
                event.tenant(),
                event.key() == null ? task.toString() : event.key(),
                event.emittedAt());
    }
}
