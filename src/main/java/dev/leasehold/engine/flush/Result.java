package dev.leasehold.engine.flush;

import akka.actor.typed.ActorRef;
import dev.leasehold.engine.lane.Ready;
import dev.leasehold.engine.plan.Ending;
import dev.leasehold.store.Completion;
import dev.leasehold.task.RetryPolicy;
import org.jspecify.annotations.Nullable;

/**
 * The end of an attempt on its way into the table.
 *
 * @param run the attempt, as its task was read or last written
 * @param retry of its type
 * @param replyTo is told what became of it, besides the check cycle; null for nobody
 */
public record Result(
        Ready run,
        RetryPolicy retry,
        Ending ending,
        Completion completion,
        @Nullable ActorRef<Settled> replyTo) {

    /** The same with another plan. */
    public Result planned(Completion other) {
        return new Result(run, retry, ending, other, replyTo);
    }
}
