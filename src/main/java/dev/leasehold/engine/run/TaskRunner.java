package dev.leasehold.engine.run;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PreRestart;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import dev.leasehold.engine.flush.NextAttempt;
import dev.leasehold.engine.flush.Settled;
import dev.leasehold.engine.lane.Ready;
import dev.leasehold.engine.plan.Classify;
import dev.leasehold.lease.AmbiguousCommitException;
import dev.leasehold.lease.CallSite;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Lease;
import dev.leasehold.lease.LeaseEvent;
import dev.leasehold.lease.LeaseException;
import dev.leasehold.lease.PoolName;
import dev.leasehold.store.DueTask;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import java.io.Serial;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run: its handler works on a thread of its own, this actor asks leases for it and sees to its end. When the run left
 * nothing behind, the actor rests until the supervisor has another one for it; otherwise it stops, and whatever it still
 * held is taken back by that.
 *
 * <pre>
 *   running --Returned--> result to the flush, rest or stop
 *      |  '--Stop--> (interrupted; Returned or the grace's end decide)
 *      '--LeaseRevoked--> throws --restart with back-off--> recording --Settled--> resting --old thread left--> running
 *                                                              '--final, fenced, gone--> stop
 * </pre>
 *
 * A restart first writes the end of the old attempt through the fence: from then on the old incarnation cannot complete. If
 * that finds the run recorded, the old one had completed, and there is no restart.
 */
public final class TaskRunner {

    /** What a run understands. */
    public sealed interface Command {}

    /** Tells this run to end, from the check cycle or the ledger. Never answered; the first reason stays. */
    record Stop(RunState run, HandlerCall.Stop why) implements Command {}

    /** From the handler's thread: it waits for a lease. */
    record LeaseWanted(HandlerCall call, PoolName pool, Hold hold, CallSite askedAt, CompletableFuture<Lease> granted)
            implements Command {}

    /** From the handler's thread: it does not wait any more. */
    record LeaseNotWanted(CompletableFuture<Lease> granted) implements Command {}

    /** From the handler's thread: it has left. */
    record Returned(
            HandlerCall call,
            @Nullable Outcome outcome,
            @Nullable Throwable failure) implements Command {}

    private record LeaseNews(LeaseEvent event) implements Command {}

    private record SettledNews(Settled settled) implements Command {}

    private record GraceOver(HandlerCall call) implements Command {}

    /** Thrown on purpose: the supervisor restarts the run. */
    private static final class LeaseLost extends RuntimeException {

        @Serial
        private static final long serialVersionUID = 1L;

        LeaseLost(String message) {
            super(message);
        }
    }

    private static final Duration RESTART_MIN = Duration.ofMillis(50);
    private static final Duration RESTART_MAX = Duration.ofSeconds(2);
    private static final double RESTART_JITTER = 0.2;

    private static final Logger LOG = LoggerFactory.getLogger(TaskRunner.class);

    private final ActorContext<Command> context;
    private final RunParts parts;
    private final Runner runner;
    private final TypeRegistry.Registered<?> type;
    private final RunnerLeases leases;
    private final Behavior<Command> running = running();
    private HandlerCall.@Nullable Stop stopLater;

    /** Of the runner's run, whose handler the supervisor starts. */
    static Behavior<Command> create(RunParts parts, Runner runner, TypeRegistry.Registered<?> type) {
        return Behaviors.supervise(
                        Behaviors.<Command>setup(context -> new TaskRunner(context, parts, runner, type).begin()))
                .onFailure(
                        LeaseLost.class,
                        SupervisorStrategy.restartWithBackoff(RESTART_MIN, RESTART_MAX, RESTART_JITTER)
                                // The revoked lease has been logged with its culprit; a stack of ours adds nothing.
                                .withLoggingEnabled(false));
    }

    private TaskRunner(ActorContext<Command> context, RunParts parts, Runner runner, TypeRegistry.Registered<?> type) {
        context.setLoggerName(TaskRunner.class);
        this.context = context;
        this.parts = parts;
        this.runner = runner;
        this.type = type;
        this.leases = new RunnerLeases(context, parts, runner, LeaseNews::new);
    }

    private Behavior<Command> begin() {
        String revocation = state().revocation();
        if (revocation == null) {
            return running;
        }
        state().nextLife();
        return record(revocation);
    }

    private RunState state() {
        return Objects.requireNonNull(runner.run(), "the runner has a run");
    }

    private RunEnd end() {
        return new RunEnd(parts, state());
    }

    // --- running

    private Behavior<Command> start() {
        return hand(parts, state(), type, context.getSelf()) ? running : over(end()::abandon);
    }

    /** Hands the run to a handler's thread; false when there is none. */
    static boolean hand(RunParts parts, RunState state, TypeRegistry.Registered<?> type, ActorRef<Command> runner) {
        try {
            parts.threads().execute(new HandlerWork(parts, state, type, runner));
            return true;
        } catch (RejectedExecutionException e) {
            LOG.warn("no thread for run {}, its task stays due: {}", state.taskId(), e.toString());
            return false;
        }
    }

    /** Every run has one of these: a builder's table for each would cost more than what most runs do. */
    private Behavior<Command> running() {
        return Behaviors.receive((inside, message) -> onRunning(message), (inside, signal) -> {
            if (signal instanceof PreRestart) {
                leases.releaseAll();
            }
            return Behaviors.unhandled();
        });
    }

    private Behavior<Command> onRunning(Command message) {
        if (runner.run() == null) {
            return onResting(message);
        } else if (message instanceof Returned returned) {
            return onReturned(returned);
        } else if (message instanceof LeaseWanted wanted) {
            return then(() -> leases.want(wanted));
        } else if (message instanceof LeaseNotWanted not) {
            return then(() -> leases.notWanted(not));
        } else if (message instanceof LeaseNews news) {
            return onLeaseNews(news);
        } else if (message instanceof Stop stop) {
            return onStop(stop);
        } else if (message instanceof GraceOver over) {
            return onGraceOver(over);
        } else {
            return Behaviors.same(); // a SettledNews of the attempt before, late
        }
    }

    /** What still comes of runs that are over is of no use to anybody, but nobody may wait for an answer in vain. */
    private Behavior<Command> onResting(Command message) {
        if (message instanceof LeaseWanted wanted) {
            leases.refuse(wanted);
        } else if (message instanceof LeaseNews news && news.event() instanceof LeaseEvent.Granted granted) {
            granted.lease().release();
        }
        return Behaviors.same();
    }

    private static Behavior<Command> then(Runnable step) {
        step.run();
        return Behaviors.same();
    }

    private Behavior<Command> onReturned(Returned returned) {
        HandlerCall call = returned.call();
        if (call != state().call()) {
            return Behaviors.same(); // the thread of an attempt before this one
        }
        Settled settled = call.settled();
        if (settled != null) {
            return over(() -> end().settled(settled));
        }
        Outcome outcome = returned.outcome();
        // What fails after it was told to end fails because of that, whether it throws or says so.
        boolean failedByStop = call.stopped() != null && outcome != null && outcome.kind() == Outcome.Kind.FAILED;
        if (outcome != null && !failedByStop) {
            return over(() -> end().write(outcome));
        }
        Throwable failure = returned.failure();
        if (call.stopped() != null) {
            return stopped(call.stopped());
        }
        if (failure instanceof TransactionEnd.Fenced) {
            return over(end()::abandon);
        }
        if (failure instanceof AmbiguousCommitException) {
            return over(() -> end().write(Outcome.failed(Reason.NETWORK, Classify.message(failure))));
        }
        Throwable thrown = failure == null ? new IllegalStateException("the handler left nothing") : failure;
        if (Classify.reason(thrown) == Reason.LEASE) {
            throw lost(Classify.message(thrown));
        }
        context.getLog().debug("run {} failed", state().taskId(), thrown);
        return over(() -> end().write(Classify.outcome(thrown)));
    }

    private Behavior<Command> onLeaseNews(LeaseNews news) {
        LeaseEvent event = news.event();
        if (!(event instanceof LeaseEvent.LeaseRevoked revoked)) {
            leases.on(event);
        } else if (leases.revoked(revoked.leaseId()) && state().call().stopped() == null) {
            throw lost(revoked.message());
        }
        // A run that was told to end ends as it was told, whatever becomes of its lease meanwhile.
        return Behaviors.same();
    }

    private LeaseLost lost(String message) {
        state().revoked(message);
        state().phase("restarting");
        state().call().stop(HandlerCall.Stop.REVOKED);
        return new LeaseLost(message);
    }

    private Behavior<Command> onStop(Stop stop) {
        HandlerCall call = state().call();
        if (stop.run() == state() && call.stopped() == null) {
            state().phase("cancelling");
            call.stop(stop.why());
            context.scheduleOnce(parts.zombieGrace(), context.getSelf(), new GraceOver(call));
        }
        return Behaviors.same();
    }

    private Behavior<Command> onGraceOver(GraceOver over) {
        HandlerCall.Stop why = over.call().stopped();
        return over.call() == state().call() && why != null ? stopped(why) : Behaviors.same();
    }

    private Behavior<Command> stopped(HandlerCall.Stop why) {
        return switch (why) {
            case CANCELLED -> over(() -> end().write(Outcome.cancelled("cancelled while it was running")));
            case OVERTAKEN -> over(() -> end().write(Outcome.cancelled("its next due time has come")));
            case TIMED_OUT ->
                over(() -> end().write(Outcome.failed(Reason.UNKNOWN, "timed out after " + state().timeout())));
            case ABANDONED -> over(end()::abandon);
            case REVOKED -> throw lost("a lease was taken back");
        };
    }

    private Behavior<Command> over(Runnable report) {
        boolean stays = end().leaveThread(state().call());
        boolean clean = !stays && state().life() == 1 && leases.areAllBack();
        report.run();
        return clean && runner.rest() ? Behaviors.same() : Behaviors.stopped();
    }

    // --- recording: the old attempt's end is on its way

    private Behavior<Command> record(String revocation) {
        end().writeAndTell(
                        Outcome.failed(Reason.LEASE, revocation),
                        context.messageAdapter(Settled.class, SettledNews::new));
        return Behaviors.receive(Command.class)
                .onMessage(SettledNews.class, this::onRecorded)
                .onMessage(LeaseNews.class, news -> then(() -> leases.on(news.event())))
                .onMessage(LeaseWanted.class, wanted -> then(() -> leases.refuse(wanted)))
                .onMessage(LeaseNotWanted.class, not -> Behaviors.same())
                .onMessage(Returned.class, old -> Behaviors.same())
                .onMessage(GraceOver.class, old -> Behaviors.same())
                .onMessage(Stop.class, this::onStopLater)
                .build();
    }

    private Behavior<Command> onStopLater(Stop stop) {
        if (stop.run() == state() && stopLater == null) {
            stopLater = stop.why();
        }
        return Behaviors.same();
    }

    private Behavior<Command> onRecorded(SettledNews news) {
        if (!news.settled().goesOn()) {
            // The slot comes free only now: a thread that stays is known to stay before its task may start again.
            return over(() -> end().settled(news.settled()));
        }
        parts.listener().settled(news.settled());
        parts.listener().restarted(state().task().type());
        HandlerCall old = state().call();
        Ready next = NextAttempt.of(news.settled());
        context.scheduleOnce(parts.zombieGrace(), context.getSelf(), new GraceOver(old));
        return restOrGo(old, next);
    }

    // --- resting: the next attempt waits until nothing of the old one is left

    private Behavior<Command> restOrGo(HandlerCall old, Ready next) {
        boolean free = state().revokedLeases().isEmpty() && !old.isInside();
        return free || stopLater != null ? go(old, next) : resting(old, next);
    }

    private Behavior<Command> resting(HandlerCall old, Ready next) {
        return Behaviors.receive(Command.class)
                .onMessage(LeaseNews.class, news -> {
                    leases.on(news.event());
                    return restOrGo(old, next);
                })
                .onMessage(Returned.class, left -> restOrGo(old, next))
                .onMessage(GraceOver.class, grace -> grace.call() == old ? go(old, next) : Behaviors.same())
                .onMessage(Stop.class, stop -> {
                    onStopLater(stop);
                    return restOrGo(old, next);
                })
                .onMessage(LeaseWanted.class, wanted -> then(() -> leases.refuse(wanted)))
                .onMessage(LeaseNotWanted.class, not -> Behaviors.same())
                .onMessage(SettledNews.class, late -> Behaviors.same())
                .build();
    }

    private Behavior<Command> go(HandlerCall old, Ready next) {
        boolean stays = end().leaveThread(old);
        state().revokedLeases().clear();
        state().begin(next, parts.now().get(), parts.ticker().nanos());
        if (stopLater != null) {
            return stopped(stopLater);
        }
        // Never two at work on one task in one JVM: it waits for the old thread to leave, and holds no slot meanwhile.
        return stays ? over(end()::abandon) : start();
    }

    /** The holder's name in lists of leases and records of revoked ones. */
    static String runId(DueTask task) {
        return task.id() + "." + task.runNo();
    }

    /** For those who must tell an exception of leases from others. */
    static LeaseException ended(String message) {
        return new LeaseException(LeaseException.Kind.REVOKED, message, null);
    }
}
