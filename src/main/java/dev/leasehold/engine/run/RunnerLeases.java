package dev.leasehold.engine.run;

import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.ActorContext;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.Lease;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.LeaseEvent;
import dev.leasehold.lease.PoolGuardian;
import dev.leasehold.lease.PoolName;
import dev.leasehold.store.DueTask;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The leases of the run that an actor has: asked for by it, in its name, for its handler's thread. */
final class RunnerLeases {

    private record Waiting(PoolName pool, HandlerCall call, CompletableFuture<Lease> granted) {}

    private final ActorContext<TaskRunner.Command> context;
    private final RunParts parts;
    private final Runner runner;
    private final Function<LeaseEvent, TaskRunner.Command> news;
    private final Map<Long, Waiting> waiting = new HashMap<>();
    private @Nullable ActorRef<LeaseEvent> adapter;

    RunnerLeases(
            ActorContext<TaskRunner.Command> context,
            RunParts parts,
            Runner runner,
            Function<LeaseEvent, TaskRunner.Command> news) {
        this.context = context;
        this.parts = parts;
        this.runner = runner;
        this.news = news;
    }

    private RunState state() {
        return Objects.requireNonNull(runner.run(), "the runner has a run");
    }

    /** Nothing is held or waited for any more. */
    boolean areAllBack() {
        return waiting.isEmpty()
                && state().revokedLeases().isEmpty()
                && state().leases().values().stream().noneMatch(lease -> lease.isOpen() || lease.isHeldByThread());
    }

    void want(TaskRunner.LeaseWanted wanted) {
        if (wanted.call() != state().call() || wanted.call().stopped() != null) {
            refuse(wanted);
            return;
        }
        ActorRef<LeaseEvent> replyTo = adapter;
        if (replyTo == null) {
            // Made at the first lease: most runs of small tasks have none.
            replyTo = context.messageAdapter(LeaseEvent.class, news::apply);
            adapter = replyTo;
        }
        long request = PoolGuardian.nextRequestId();
        waiting.put(request, new Waiting(wanted.pool(), wanted.call(), wanted.granted()));
        DueTask task = state().task();
        String run = TaskRunner.runId(task);
        Holder holder = new Holder(
                context.getSelf().path().toStringWithoutAddress(),
                Long.toString(task.id()),
                run,
                task.type(),
                task.tenant());
        parts.guardian(wanted.pool())
                .tell(new PoolGuardian.Acquire(
                        request,
                        context.getSelf(),
                        state().life(),
                        replyTo,
                        LeaseClass.TASK,
                        wanted.hold(),
                        holder,
                        run,
                        parts.leaseWait(),
                        wanted.askedAt()));
    }

    /** An attempt that has ended gets no lease. */
    void refuse(TaskRunner.LeaseWanted wanted) {
        wanted.granted().completeExceptionally(TaskRunner.ended("the attempt has ended"));
    }

    void notWanted(TaskRunner.LeaseNotWanted not) {
        waiting.entrySet().removeIf(entry -> {
            boolean same = entry.getValue().granted() == not.granted();
            if (same) {
                parts.guardian(entry.getValue().pool()).tell(new PoolGuardian.CancelAcquire(entry.getKey()));
            }
            return same;
        });
        if (!not.granted().cancel(false)) {
            // Granted and given up at the same moment: nobody will use it.
            not.granted().whenComplete((lease, refused) -> release(lease)).isDone();
        }
    }

    private static void release(@Nullable Lease lease) {
        if (lease != null) {
            lease.release();
        }
    }

    /** True when the lease is one of this life of the actor, so that its loss is the loss of the attempt. */
    boolean revoked(long lease) {
        boolean ours = state().leases().remove(lease) != null;
        if (ours) {
            state().revokedLeases().add(lease);
        }
        return ours;
    }

    /** What the guardian says, revocations of this life excepted. */
    void on(LeaseEvent event) {
        if (event instanceof LeaseEvent.Granted granted) {
            grant(granted);
        } else if (event instanceof LeaseEvent.Denied denied) {
            Waiting asked = waiting.remove(denied.requestId());
            if (asked != null) {
                asked.granted().completeExceptionally(denied.toException());
            }
        } else if (event instanceof LeaseEvent.LeaseEnded ended) {
            state().revokedLeases().remove(ended.leaseId());
        }
    }

    private void grant(LeaseEvent.Granted granted) {
        Waiting asked = waiting.remove(granted.requestId());
        Lease lease = granted.lease();
        if (asked == null || asked.call() != state().call()) {
            lease.release();
            return;
        }
        state().leases().values().removeIf(each -> !each.isOpen() && !each.isHeldByThread());
        state().leases().put(lease.id(), lease);
        if (!asked.granted().complete(lease)) {
            lease.release();
        }
    }

    /** Before a restart: nothing of the old life is held on. */
    void releaseAll() {
        waiting.forEach((request, asked) -> {
            parts.guardian(asked.pool()).tell(new PoolGuardian.CancelAcquire(request));
            asked.granted().completeExceptionally(TaskRunner.ended("the attempt has ended"));
        });
        waiting.clear();
        state().leases().values().forEach(Lease::release);
        state().leases().clear();
    }
}
