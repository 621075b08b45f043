package dev.leasehold.engine.flush;

import akka.actor.typed.ActorRef;
import dev.leasehold.engine.lane.Ready;
import dev.leasehold.store.Completion;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What became of a result. Sent exactly once for each that was accepted, unless the process ends.
 *
 * @param completion as it was planned last
 * @param version of the task's row after it was written; 0 where the row left the table or nothing was written
 * @param replyTo the run that waits to hear of it; null where nobody does
 */
public record Settled(
        Ready run,
        Completion completion,
        How how,
        long version,
        @Nullable ActorRef<Settled> replyTo) {

    /** What became of it. */
    public enum How {
        /** Written now. */
        WRITTEN,
        /** It was in the history already: an earlier write's answer was lost. */
        WRITTEN_BEFORE,
        /** The task's row is gone. */
        GONE,
        /** The lane has another owner or epoch: nothing was written, and nothing may be under this ownership. */
        FENCED
    }

    static Settled of(Result result, How how, long version) {
        return new Settled(result.run(), result.completion(), how, version, result.replyTo());
    }

    /** It is in the history, once: an earlier write whose answer was lost was told to nobody. */
    public boolean isRecorded() {
        return how == How.WRITTEN || how == How.WRITTEN_BEFORE;
    }

    /** When its task is due again, for the owner's memory; null when that is not known or never. */
    public @Nullable Instant dueAgain() {
        return switch (completion.action()) {
            case NEXT, RETRY -> isRecorded() ? completion.dueAt() : null;
            case CLOSE, INTERVENE, RECORD -> null;
        };
    }

    /** True where the run itself makes the next attempt, and keeps its slot for it. */
    public boolean goesOn() {
        return replyTo != null && how == How.WRITTEN && completion.action() == Completion.Action.RETRY;
    }
}
