package dev.leasehold.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What shall be written about an attempt that has ended.
 *
 * @param version of the task's row as it was read; another one there means that somebody changed the task meanwhile
 * @param action what becomes of the task's row
 * @param dueAt the next due time; null where the action needs none
 * @param runDueAt when this attempt was due; the row's may have been changed meanwhile
 * @param isFinal no further attempt of this run
 * @param outcome in lower case, as the API writes it
 * @param result JSON text
 * @param log JSON text of an array of lines
 * @param progress JSON text: how far the attempt said it was; null when it said nothing
 * @param pattern JSON text: why the failure rules stopped the task; null unless they did
 * @param plain its run never stood in the ledger, and it can wait a moment for a row that somebody else has locked
 */
public record Completion(
        long taskId,
        int lane,
        long version,
        Action action,
        @Nullable Instant dueAt,
        Instant runDueAt,
        boolean isFinal,
        String outcome,
        @Nullable String reason,
        @Nullable String error,
        @Nullable String result,
        @Nullable String log,
        @Nullable String progress,
        Instant startedAt,
        Instant finishedAt,
        int consecutiveFailures,
        int leaseAttempts,
        int limitAttempts,
        @Nullable String pattern,
        boolean plain) {

    /** One whose run may stand in the ledger. */
    public Completion(
            long taskId,
            int lane,
            long version,
            Action action,
            @Nullable Instant dueAt,
            Instant runDueAt,
            boolean isFinal,
            String outcome,
            @Nullable String reason,
            @Nullable String error,
            @Nullable String result,
            @Nullable String log,
            @Nullable String progress,
            Instant startedAt,
            Instant finishedAt,
            int consecutiveFailures,
            int leaseAttempts,
            int limitAttempts,
            @Nullable String pattern) {
        this(
                taskId,
                lane,
                version,
                action,
                dueAt,
                runDueAt,
                isFinal,
                outcome,
                reason,
                error,
                result,
                log,
                progress,
                startedAt,
                finishedAt,
                consecutiveFailures,
                leaseAttempts,
                limitAttempts,
                pattern,
                false);
    }

    /** What becomes of the task's row. */
    public enum Action {
        /** It leaves the table: a one-shot that is done. */
        CLOSE,
        /** The next run is due at the due time. */
        NEXT,
        /** The next attempt of the same run is due at the due time. */
        RETRY,
        /** The failure rules stop it; the due time, if any, is that of the probe. */
        INTERVENE,
        /** Its state stays as somebody set it meanwhile (paused, cancelled); only the run is recorded. */
        RECORD
    }

    /**
     * What most are: the success of a task that leaves the table, of which nothing else is to be told than its result.
     */
    public boolean isPlainEnd() {
        return plain
                && action == Action.CLOSE
                && isFinal
                && outcome.equals("success")
                && reason == null
                && error == null
                && log == null
                && progress == null
                && Times.isExactInSeconds(startedAt)
                && Times.isExactInSeconds(finishedAt);
    }

    /** The same for another version of the row: somebody changed the task, and the plan was made anew. */
    public Completion replanned(long newVersion, Action newAction, @Nullable Instant newDueAt) {
        return new Completion(
                taskId,
                lane,
                newVersion,
                newAction,
                newDueAt,
                runDueAt,
                isFinal,
                outcome,
                reason,
                error,
                result,
                log,
                progress,
                startedAt,
                finishedAt,
                consecutiveFailures,
                leaseAttempts,
                limitAttempts,
                pattern);
    }

    /** The same, of a run that never stood in the ledger, which may wait for a locked row. */
    public Completion asPlain() {
        return plain(true);
    }

    /** The same, which leaves the ledger as it should be, and a row that is locked to the next flush. */
    public Completion asAny() {
        return plain(false);
    }

    private Completion plain(boolean isPlain) {
        return new Completion(
                taskId,
                lane,
                version,
                action,
                dueAt,
                runDueAt,
                isFinal,
                outcome,
                reason,
                error,
                result,
                log,
                progress,
                startedAt,
                finishedAt,
                consecutiveFailures,
                leaseAttempts,
                limitAttempts,
                pattern,
                isPlain);
    }
}
