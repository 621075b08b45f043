package dev.leasehold.engine.run;

import dev.leasehold.engine.flush.AlertWriter;
import dev.leasehold.engine.flush.EventWriter;
import dev.leasehold.engine.flush.Settled;
import dev.leasehold.engine.lane.Ready;
import dev.leasehold.engine.plan.Ending;
import dev.leasehold.engine.plan.FailureRules.History;
import dev.leasehold.store.Completion;
import dev.leasehold.store.Completions;
import dev.leasehold.store.Completions.Standing;
import dev.leasehold.store.DueTask;
import dev.leasehold.task.ConnectionWork;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import java.io.Serial;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The end of a transactional run: the work, then the fenced completion, then COMMIT, together. The fence comes last, so that
 * the lane is locked for one COMMIT only.
 *
 * <p>An outcome of failed or cancelled rolls the work back and is recorded by the flush like any other.
 */
final class TransactionEnd {

    private static final int PLANS_MAX = 5;

    private final RunParts parts;
    private final RunState state;
    private final HandlerCall call;
    private final Ready run;
    private @Nullable Settled settled;
    private boolean emits;
    private boolean endedNeeds;

    TransactionEnd(RunParts parts, RunState state, HandlerCall call) {
        this.parts = parts;
        this.state = state;
        this.call = call;
        this.run = state.ready();
    }

    /** The transaction was rolled back on purpose; the outcome is what the handler is to return. */
    static final class RolledBack extends RuntimeException {

        @Serial
        private static final long serialVersionUID = 1L;

        private final transient Outcome outcome;

        RolledBack(Outcome outcome) {
            super(String.valueOf(outcome.message()));
            this.outcome = outcome;
        }

        Outcome outcome() {
            return outcome;
        }
    }

    /** The lane has another owner: nothing of this run may take effect any more. */
    static final class Fenced extends RuntimeException {

        @Serial
        private static final long serialVersionUID = 1L;

        Fenced(String message) {
            super(message);
        }
    }

    /** Lets outcomes pass that are to be committed. */
    static Outcome committing(Outcome outcome) {
        if (outcome.kind() == Outcome.Kind.FAILED || outcome.kind() == Outcome.Kind.CANCELLED) {
            throw new RolledBack(outcome);
        }
        return outcome;
    }

    /** Work and completion in the transaction that has just begun; the caller commits. */
    Outcome complete(Connection connection, ConnectionWork<Outcome> work) throws Exception {
        DueTask task = run.task();
        // The epoch makes it this node's and this ownership's: two zombies of one run differ in it.
        String mark = task.id() + "." + task.runNo() + "." + task.attempt() + "/"
                + run.fence().token();
        Completions.mark(connection, mark);
        Outcome outcome = committing(work.apply(connection));
        Ending ending = new Ending(
                outcome,
                state.startedAt(),
                parts.now().get(),
                state.notes().all(),
                ThreadLocalRandom.current().nextDouble());
        AlertWriter.write(connection, task, ending.said().alerts());
        EventWriter.write(connection, run, ending);
        emits = EventWriter.emits(ending);
        Completion plan = parts.planner().plan(task, state.type().retry(), ending, History.NONE);
        settled = write(connection, mark, plan, ending);
        return outcome;
    }

    private Settled write(Connection connection, String mark, Completion first, Ending ending) throws SQLException {
        Completion plan = first;
        for (int tries = 0; tries < PLANS_MAX; tries++) {
            Completions.Written written = Completions.inTransaction(connection, parts.node(), run.fence(), plan, mark);
            Long version = written.versions().get(plan.taskId());
            if (version != null) {
                endedNeeds = written.endedNeeds();
                return new Settled(run, plan, Settled.How.WRITTEN, version, null);
            }
            if (written.lanesPassed().isEmpty()) {
                parts.listener().lost(run.fence());
                throw new Fenced("lane " + run.fence().lane() + " has another owner");
            }
            if (!Completions.marked(connection, mark)) {
                throw new RolledBack(Outcome.failed(Reason.CONFIG, "handler ended the transaction")
                        .permanent());
            }
            plan = replanned(connection, ending);
        }
        throw new RolledBack(Outcome.failed(Reason.UNKNOWN, "the task was changed again and again while it completed"));
    }

    private Completion replanned(Connection connection, Ending ending) throws SQLException {
        Standing standing = Completions.explain(connection, List.of(run.task())).get(0);
        if (standing.recorded() || standing.version() == null) {
            throw new Fenced("run " + run.task().id() + "." + run.task().runNo() + " was recorded before");
        }
        if ("cancelled".equals(standing.state())) {
            throw new RolledBack(Outcome.cancelled("the task was cancelled while its run was under way"));
        }
        return parts.planner().replan(run.task(), standing, state.type().retry(), ending, History.NONE);
    }

    /** COMMIT was answered: only now the run counts as completed. */
    void committed() {
        if (settled != null) {
            call.settled(settled);
            if (emits) {
                parts.listener().emitted();
            }
            if (endedNeeds) {
                parts.listener().endedNeeds();
            }
        }
    }
}
