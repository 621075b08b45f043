package dev.leasehold.engine.run;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Which runs are written to the ledger next: those that are not in it, and in each round all others once, however many there
 * are. Pure.
 */
final class Renewals {

    /** Entries of one statement. */
    static final int BATCH_MAX = 1_000;

    private boolean going;
    private long upTo;

    /** A round of renewals is due. One that is not through goes on instead. */
    void begin() {
        if (!going) {
            going = true;
            upTo = Long.MIN_VALUE;
        }
    }

    /** The next batch of these. */
    List<RunState> next(Collection<RunState> runs) {
        List<RunState> batch = runs.stream()
                .filter(run -> !run.entered() || (going && run.taskId() > upTo))
                .sorted(Comparator.comparing(RunState::entered).thenComparingLong(RunState::taskId))
                .limit(BATCH_MAX)
                .toList();
        if (going) {
            if (batch.size() < BATCH_MAX) {
                going = false;
            } else if (batch.get(batch.size() - 1).entered()) {
                upTo = batch.get(batch.size() - 1).taskId();
            }
        }
        return batch;
    }
}
