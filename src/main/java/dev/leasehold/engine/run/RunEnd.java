package dev.leasehold.engine.run;

import akka.actor.typed.ActorRef;
import dev.leasehold.engine.flush.Result;
import dev.leasehold.engine.flush.Settled;
import dev.leasehold.engine.plan.Ending;
import dev.leasehold.engine.plan.FailureRules.History;
import dev.leasehold.store.Completion;
import dev.leasehold.store.StoreException;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ways in which an attempt ends, for its actor. Each run is reported over exactly once. */
final class RunEnd {

    private static final Logger LOG = LoggerFactory.getLogger(RunEnd.class);

    private final RunParts parts;
    private final RunState state;

    RunEnd(RunParts parts, RunState state) {
        this.parts = parts;
        this.state = state;
    }

    /** The end goes to the flush, which tells the check cycle. */
    void write(Outcome outcome) {
        over();
        offer(outcome, null);
    }

    /** The end goes to the flush, which tells this run: another attempt may follow, in the same slot. */
    void writeAndTell(Outcome outcome, ActorRef<Settled> replyTo) {
        offer(outcome, replyTo);
    }

    private void offer(Outcome outcome, @Nullable ActorRef<Settled> replyTo) {
        Ending ending = ending(outcome);
        Completion plan;
        try {
            plan = plan(ending, replyTo == null);
        } catch (
                RuntimeException
                        e) { // whatever a result does to the plan: the run is over, and holds a slot until it is told
            LOG.warn("result of run {} cannot be written", state.taskId(), e);
            String fault =
                    e instanceof StoreException ? "the result cannot be written as JSON: " : "the result is refused: ";
            Outcome bare = Outcome.failed(Reason.CONFIG, fault + e.getMessage()).permanent();
            ending = ending(bare);
            plan = plan(ending, replyTo == null);
        }
        try {
            parts.flush().offer(new Result(state.ready(), state.type().retry(), ending, plan, replyTo));
        } catch (IllegalStateException e) {
            LOG.info("result of run {} comes after the end of the flush: it will be due again", state.taskId());
            abandon();
        }
    }

    private Ending ending(Outcome outcome) {
        return new Ending(
                outcome,
                state.startedAt(),
                parts.now().get(),
                state.notes().all(),
                ThreadLocalRandom.current().nextDouble());
    }

    /** Only a last attempt of which the ledger never had an entry is plain: that way leaves the ledger alone. */
    private Completion plan(Ending ending, boolean isLast) {
        Completion plan = parts.planner().plan(state.task(), state.type().retry(), ending, History.NONE);
        return isLast && state.endsOutsideLedger() ? plan.asPlain() : plan;
    }

    /** The end was written together with the work. */
    void settled(Settled settled) {
        over();
        parts.listener().settled(settled);
    }

    /** Nothing is written: the task stays due for whoever owns its lane. */
    void abandon() {
        over();
        parts.listener().abandoned(state.ready());
    }

    private void over() {
        state.setOver();
        parts.board().remove(state);
    }

    /** A thread that is still inside is a zombie from now on; true when there is one. */
    boolean leaveThread(HandlerCall call) {
        boolean stays = call.becomeZombie();
        if (stays) {
            parts.threads().zombie();
            parts.listener().strayed(state.taskId());
        }
        return stays;
    }
}
