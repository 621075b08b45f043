package dev.leasehold.admin.http;

import akka.NotUsed;
import akka.actor.ClassicActorSystemProvider;
import akka.actor.CoordinatedShutdown;
import akka.japi.Pair;
import akka.stream.BoundedSourceQueue;
import akka.stream.QueueOfferResult;
import akka.stream.javadsl.Source;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Sends what is published to every listener. Each has a bounded buffer; one that does not keep up is dropped, so that it
 * slows nobody: its stream fails, and it comes back by itself with the last id that it saw. At the node's stop all streams
 * end.
 */
public final class Broadcaster<T> {

    private static final int BUFFER = 64;

    /** Streams of one kind at once; the next one is refused. */
    private static final int MOST = 200;

    private final ClassicActorSystemProvider system;
    private final List<BoundedSourceQueue<T>> listeners = new CopyOnWriteArrayList<>();

    /** A broadcaster that ends with the system. */
    public Broadcaster(ClassicActorSystemProvider system, String name) {
        this.system = system;
        CoordinatedShutdown.get(system).addTask(CoordinatedShutdown.PhaseServiceUnbind(), "end-streams-" + name, () -> {
            listeners.forEach(BoundedSourceQueue::complete);
            return CompletableFuture.completedFuture(akka.Done.getInstance());
        });
    }

    /** What is published from now on. */
    public Source<T, NotUsed> listen() {
        if (listeners.size() >= MOST) {
            throw new ProblemException(ErrorCode.TOO_MANY, "too many streams are open; at most " + MOST);
        }
        Pair<BoundedSourceQueue<T>, Source<T, NotUsed>> pair =
                Source.<T>queue(BUFFER).preMaterialize(system);
        BoundedSourceQueue<T> queue = pair.first();
        listeners.add(queue);
        return pair.second().watchTermination((ignored, ended) -> {
            ended.whenComplete((done, failure) -> listeners.remove(queue));
            return NotUsed.getInstance();
        });
    }

    public boolean hasListeners() {
        return !listeners.isEmpty();
    }

    public void publish(T element) {
        listeners.removeIf(listener -> !accepts(listener, element));
    }

    private static <T> boolean accepts(BoundedSourceQueue<T> listener, T element) {
        boolean accepted = listener.offer(element).equals(QueueOfferResult.enqueued());
        if (!accepted) {
            listener.fail(new SlowListenerException());
        }
        return accepted;
    }

    /** The listener did not keep up. */
    private static final class SlowListenerException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        SlowListenerException() {
            super("the listener did not keep up", null, false, false);
        }
    }
}
