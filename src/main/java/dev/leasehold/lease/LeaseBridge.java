package dev.leasehold.lease;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;

/**
 * Stands between one guardian and the threads that want scoped leases: it is the owner of their leases and owns their
 * promises, so that a grant never goes to somebody who has left.
 */
final class LeaseBridge {

    /** One call of {@link Leases}. */
    interface Errand {
        /** On a working thread. Completes the promise and gives the lease back, whatever happens. */
        void work(Lease lease);

        /** Fails the promise, if it is still open. */
        void fail(LeaseException failure);
    }

    /** How an errand runs. */
    interface Worked<T> {
        T on(Lease lease) throws Exception;
    }

    private final ExecutorService workers;
    private final Map<Long, Errand> waiting;
    private final Map<Long, Errand> working = new HashMap<>();

    /**
     * @param waiting errands by the id of their request, put in before the request is sent
     * @param workers has a thread for each permit and some for those that never come back; has no queue
     */
    static Behavior<LeaseEvent> create(Map<Long, Errand> waiting, ExecutorService workers) {
        return Behaviors.setup(context -> new LeaseBridge(context, waiting, workers).running());
    }

    private LeaseBridge(ActorContext<LeaseEvent> context, Map<Long, Errand> waiting, ExecutorService workers) {
        context.setLoggerName(LeaseBridge.class);
        this.waiting = waiting;
        this.workers = workers;
    }

    private Behavior<LeaseEvent> running() {
        return Behaviors.receive(LeaseEvent.class)
                .onMessage(LeaseEvent.Granted.class, this::onGranted)
                .onMessage(LeaseEvent.Denied.class, this::onDenied)
                .onMessage(LeaseEvent.LeaseRevoked.class, this::onRevoked)
                .onMessage(LeaseEvent.LeaseWarning.class, warning -> Behaviors.same())
                .onMessage(LeaseEvent.LeaseEnded.class, this::onEnded)
                .build();
    }

    private Behavior<LeaseEvent> onGranted(LeaseEvent.Granted granted) {
        Lease lease = granted.lease();
        Errand errand = waiting.remove(granted.requestId());
        if (errand == null) {
            lease.release();
            return Behaviors.same();
        }
        lease.claim();
        working.values().removeIf(each -> each instanceof Run<?> run && run.isDone());
        working.put(lease.id(), errand);
        try {
            workers.execute(() -> errand.work(lease));
        } catch (RejectedExecutionException e) {
            lease.release();
            errand.fail(new LeaseException(
                    LeaseException.Kind.REFUSED, "no working thread is left: too many never came back", e));
        }
        return Behaviors.same();
    }

    private Behavior<LeaseEvent> onDenied(LeaseEvent.Denied denied) {
        Errand errand = waiting.remove(denied.requestId());
        if (errand != null) {
            errand.fail(denied.toException());
        }
        return Behaviors.same();
    }

    private Behavior<LeaseEvent> onRevoked(LeaseEvent.LeaseRevoked revoked) {
        Errand errand = working.remove(revoked.leaseId());
        if (errand != null) {
            errand.fail(revoked.toException());
        }
        return Behaviors.same();
    }

    private Behavior<LeaseEvent> onEnded(LeaseEvent.LeaseEnded ended) {
        working.remove(ended.leaseId());
        return Behaviors.same();
    }

    /** An errand with its promise. */
    record Run<T>(CompletableFuture<T> promise, Worked<T> worked) implements Errand {

        boolean isDone() {
            return promise.isDone();
        }

        @Override
        public void work(Lease lease) {
            try {
                promise.complete(worked.on(lease));
            } catch (Throwable e) { // the thread's edge: an Error too belongs to whoever waits
                promise.completeExceptionally(e);
            }
        }

        @Override
        public void fail(LeaseException failure) {
            promise.completeExceptionally(failure);
        }
    }

    /** Asks the guardian of one pool on behalf of threads. */
    record Port(
            ActorRef<PoolGuardian.Command> guardian,
            ActorRef<LeaseEvent> bridge,
            Map<Long, Errand> waiting,
            PoolSettings settings,
            StackSampler stacks) {

        static Map<Long, Errand> newWaiting() {
            return new ConcurrentHashMap<>();
        }

        <T> CompletableFuture<T> send(LeaseClass leaseClass, Holder holder, Hold hold, Worked<T> worked) {
            long id = PoolGuardian.nextRequestId();
            Run<T> errand = new Run<>(new CompletableFuture<>(), worked);
            waiting.put(id, errand);
            guardian.tell(new PoolGuardian.Acquire(
                    id,
                    bridge,
                    0,
                    bridge,
                    leaseClass,
                    hold,
                    holder,
                    scope(id),
                    hold.waitAtMost().orElse(settings.timeout()),
                    stacks.sample()));
            return errand.promise();
        }

        /** Work under a lease that asks for another one asks in the name of the same scope, which the guardian refuses. */
        private String scope(long id) {
            Lease current = Lease.current();
            return current == null || current.scope().isEmpty() ? "bridge-" + id : current.scope();
        }
    }
}
