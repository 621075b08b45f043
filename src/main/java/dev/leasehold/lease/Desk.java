package dev.leasehold.lease;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.BehaviorInterceptor;
import akka.actor.typed.TypedActorContext;
import dev.leasehold.lease.PoolGuardian.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where the books of one guardian's life lie, open to one at a time: the guardian at each of its messages, or a thread that
 * asks for a lease or gives one back and saves the message. It is the same step of the same ledger in both cases, so order,
 * limits and deadlines are the same; a step takes about a microsecond and calls nothing that waits.
 *
 * <p>A step that fails on a thread fails the guardian: from then on no step is made here, all leases are closed by the end
 * of the epoch, and the guardian restarts at its next message, which is sent to it.
 */
final class Desk extends BehaviorInterceptor<Command, Command> {

    /** What threads may do here. The guardian's. */
    interface Clerk {
        void acquire(PoolGuardian.Acquire acquire);

        void release(long leaseId);

        /** The guardian has failed and this message was in its hands. */
        void refuse(PoolGuardian.Acquire acquire);
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final PoolEstate estate;
    private final ActorRef<Command> guardian;
    private List<Runnable> afterwards = new ArrayList<>();
    private @Nullable Clerk clerk;
    private boolean direct;
    private @Nullable Throwable failure;

    Desk(PoolEstate estate, ActorRef<Command> guardian) {
        super(Command.class);
        this.estate = estate;
        this.guardian = guardian;
    }

    /** The guardian is ready. */
    void open(Clerk guardiansClerk) {
        clerk = guardiansClerk;
        estate.setDesk(this);
    }

    /** The guardian is no more; who comes now writes to the next one. To be called by it. */
    void close() {
        clerk = null;
    }

    /** True within a step that a thread makes: nothing of the actor's own may be used. */
    boolean isDirect() {
        return direct;
    }

    /** To be done after the step, when the books are free again: it may wake threads. */
    void afterwards(Runnable deed) {
        afterwards.add(deed);
    }

    /** As the message would; false when the guardian must get it instead. */
    boolean acquire(PoolGuardian.Acquire acquire) {
        return directly(known -> known.acquire(acquire));
    }

    /** As the message would; false when the guardian must get it instead. */
    boolean release(long leaseId) {
        return directly(known -> known.release(leaseId));
    }

    private boolean directly(Consumer<Clerk> step) {
        List<Runnable> deeds;
        lock.lock();
        try {
            Clerk known = clerk;
            if (known == null || failure != null) {
                return false;
            }
            direct = true;
            try {
                step.accept(known);
            } catch (Throwable e) { // the guardian fails with it, fatal or not
                failure = e;
                estate.epoch().next();
                guardian.tell(GuardianNews.Tick.INSTANCE);
            }
            deeds = takeDeeds();
        } finally {
            direct = false;
            lock.unlock();
        }
        deeds.forEach(Runnable::run);
        return true;
    }

    private List<Runnable> takeDeeds() {
        if (afterwards.isEmpty()) {
            return List.of();
        }
        List<Runnable> taken = afterwards;
        afterwards = new ArrayList<>();
        return taken;
    }

    @Override
    public Behavior<Command> aroundReceive(
            TypedActorContext<Command> context, Command message, ReceiveTarget<Command> target) {
        return asGuardian(() -> {
            Throwable failed = failure;
            if (failed == null) {
                return target.apply(context, message);
            }
            Clerk known = clerk;
            if (message instanceof PoolGuardian.Acquire acquire && known != null) {
                known.refuse(acquire);
            }
            if (failed instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException("a step on a thread of a requester failed", failed);
        });
    }

    @Override
    public Behavior<Command> aroundSignal(
            TypedActorContext<Command> context, akka.actor.typed.Signal signal, SignalTarget<Command> target) {
        return asGuardian(() -> target.apply(context, signal));
    }

    private interface Step {
        Behavior<Command> make();
    }

    private Behavior<Command> asGuardian(Step step) {
        List<Runnable> deeds = List.of();
        lock.lock();
        try {
            return step.make();
        } catch (Throwable e) { // it fails; no thread may go on with these books
            clerk = null;
            throw e;
        } finally {
            deeds = takeDeeds();
            lock.unlock();
            deeds.forEach(Runnable::run);
        }
    }
}
