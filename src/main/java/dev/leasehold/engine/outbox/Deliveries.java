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
import java.util.Set;

/** Hands a batch of events to the subscriber's code, on a thread where that may block. */
final class Deliveries {

    /** A batch is broken off after this, so that what was taken is removed soon; the rest comes with the next one. */
    private static final Duration BATCH_TIME = Duration.ofSeconds(1);

    private final EventSubscriber subscriber;
    private final Ticker ticker;

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
     */
    record Outcome(List<Long> taken, List<Failure> failures) {}

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
            try {
                subscriber.deliver(view(event));
                taken.add(event.id());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // the node stops: it is delivered by whoever owns its lane next
                break;
            } catch (Throwable e) { // the edge to the application's code: whatever it throws is a failed delivery
                held.add(event.taskId());
                failures.add(new Failure(event, LogLine.of(Classify.message(e))));
            }
        }
        return new Outcome(taken, failures);
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
