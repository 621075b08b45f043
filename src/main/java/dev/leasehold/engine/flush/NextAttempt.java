package dev.leasehold.engine.flush;

import dev.leasehold.engine.lane.Ready;
import dev.leasehold.store.Completion;
import dev.leasehold.store.DueTask;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The attempt that follows one whose end was written, without reading its row again. */
public final class NextAttempt {

    private NextAttempt() {}

    /** The next attempt of a run whose end was written as {@code RETRY}. */
    public static Ready of(Settled settled) {
        DueTask task = settled.run().task();
        Completion written = settled.completion();
        @Nullable Instant due = written.dueAt();
        DueTask next = new DueTask(
                task.id(),
                task.lane(),
                task.priority(),
                due == null ? task.dueAt() : due,
                task.firstDueAt(),
                settled.version(),
                task.runNo(),
                task.attempt() + 1,
                written.leaseAttempts(),
                written.limitAttempts(),
                task.crashes(),
                task.consecutiveFailures(),
                task.tenant(),
                task.type(),
                task.queue(),
                task.key(),
                task.concurrencyKey(),
                task.payload(),
                task.schedule(),
                task.retry(),
                task.timeoutMillis());
        return new Ready(next, settled.run().fence(), settled.run().cautious());
    }
}
