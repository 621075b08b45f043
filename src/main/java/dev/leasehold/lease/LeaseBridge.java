package dev.leasehold.lease;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.RejectedExecutionException;

/**
 * Stands between one guardian and the threads that want scoped leases: it is the owner of their leases, so that a grant
 * never goes to somebody who has left. Grants go to their errands directly; whatever ends one comes here, since code of
 * others may run then.
 */
final class LeaseBridge {

    /** How an errand runs. */
    interface Worked<T> {
        T on(Lease lease) throws Exception;
    }

    private final Errands errands;

    /** @param errands put in before the request is sent */
    static Behavior<LeaseEvent> create(Errands errands) {
        return Behaviors.setup(context -> new LeaseBridge(context, errands).running());
    }

    private LeaseBridge(ActorContext<LeaseEvent> context, Errands errands) {
        context.setLoggerName(LeaseBridge.class);
        this.errands = errands;
    }

    private Behavior<LeaseEvent> running() {
        return Behaviors.receive(LeaseEvent.class)
                .onMessage(LeaseEvent.Granted.class, granted -> {
                    errands.granted(granted.requestId(), granted.lease());
                    return Behaviors.same();
                })
                .onMessage(LeaseEvent.Denied.class, denied -> {
                    errands.denied(denied);
                    return Behaviors.same();
                })
                .onMessage(LeaseEvent.LeaseRevoked.class, revoked -> {
                    errands.revoked(revoked);
                    return Behaviors.same();
                })
                .onMessage(LeaseEvent.LeaseWarning.class, warning -> Behaviors.same())
                .onMessage(LeaseEvent.LeaseEnded.class, ended -> Behaviors.same())
                .build();
    }

    /** An errand with its promise, worked on a thread of ours. */
    private record Run<T>(CompletableFuture<T> promise, Worked<T> worked, ExecutorService workers, Errands errands)
            implements Errands.Errand {

        @Override
        public void start(Lease lease) {
            try {
                workers.execute(() -> work(lease));
            } catch (RejectedExecutionException e) {
                errands.done(lease);
                lease.release();
                fail(new LeaseException(
                        LeaseException.Kind.REFUSED, "no working thread is left: too many never came back", e));
            }
        }

        private void work(Lease lease) {
            try {
                T result = worked.on(lease);
                errands.done(lease);
                promise.complete(result);
            } catch (Throwable e) { // the thread's edge: an Error too belongs to whoever waits
                errands.done(lease);
                promise.completeExceptionally(e);
            }
        }

        @Override
        public void fail(LeaseException failure) {
            promise.completeExceptionally(failure);
        }
    }

    /** An errand whose thread waits for the lease and works itself. */
    private record Call(CompletableFuture<Lease> promise, Errands errands) implements Errands.Errand {

        @Override
        public void start(Lease lease) {
            if (!promise.complete(lease)) {
                giveBack(lease);
            }
        }

        void giveBack(Lease lease) {
            errands.done(lease);
            lease.release();
        }

        @Override
        public void fail(LeaseException failure) {
            promise.completeExceptionally(failure);
        }
    }

    /** Asks the guardian of one pool on behalf of threads. Workers are as many as permits, and some for zombies; no queue. */
    record Port(
            ActorRef<PoolGuardian.Command> guardian,
            ActorRef<LeaseEvent> bridge,
            PoolEstate estate,
            ExecutorService workers,
            StackSampler stacks) {

        <T> CompletableFuture<T> send(LeaseClass leaseClass, Holder holder, Hold hold, Worked<T> worked) {
            Run<T> errand = new Run<>(new CompletableFuture<>(), worked, workers, estate.errands());
            ask(errand, leaseClass, holder, hold);
            return errand.promise();
        }

        <T> T call(LeaseClass leaseClass, Holder holder, Hold hold, Worked<T> worked) throws Exception {
            if (Thread.currentThread() instanceof ForkJoinWorkerThread) {
                throw new IllegalStateException(
                        "a thread of an actor or of a common pool may not wait for a lease; use run or inTransaction");
            }
            Call errand = new Call(new CompletableFuture<>(), estate.errands());
            long id = ask(errand, leaseClass, holder, hold);
            Lease lease = await(errand, id);
            T result;
            try {
                result = worked.on(lease);
            } finally {
                estate.errands().done(lease);
            }
            if (lease.fence().isRevoked()) {
                throw lease.revoked(null);
            }
            return result;
        }

        private Lease await(Call errand, long requestId) throws Exception {
            try {
                return errand.promise().get();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            } catch (InterruptedException e) {
                if (errand.promise().completeExceptionally(e)) {
                    estate.errands().forget(requestId);
                    guardian.tell(new PoolGuardian.CancelAcquire(requestId));
                } else if (!errand.promise().isCompletedExceptionally()) {
                    errand.giveBack(errand.promise().join()); // it came just now
                }
                throw e;
            }
        }

        private long ask(Errands.Errand errand, LeaseClass leaseClass, Holder holder, Hold hold) {
            long id = PoolGuardian.nextRequestId();
            estate.errands().await(id, errand);
            PoolGuardian.Acquire acquire = new PoolGuardian.Acquire(
                    id,
                    bridge,
                    0,
                    bridge,
                    leaseClass,
                    hold,
                    holder,
                    scope(id),
                    hold.waitAtMost().orElse(estate.pool().timeout()),
                    stacks.sample());
            Desk desk = estate.desk();
            if (desk == null || !desk.acquire(acquire)) {
                guardian.tell(acquire);
            }
            return id;
        }

        /** Work under a lease that asks for another one asks in the name of the same scope, which the guardian refuses. */
        private String scope(long id) {
            Lease current = Lease.current();
            return current == null || current.scope().isEmpty() ? "bridge-" + id : current.scope();
        }
    }
}
