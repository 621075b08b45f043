package dev.leasehold.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A due task as its lane's owner read it.
 *
 * @param priority 0 critical to 3 low
 * @param dueAt when this attempt is due
 * @param runDueAt when the run's first attempt was due; null at that attempt
 * @param version what a completion must name
 * @param leaseAttempts attempts of this run that ended because a lease was taken back
 * @param limitAttempts attempts of this run that ended at a provider's limit
 * @param key null where the id stands in for it
 * @param payload JSON text of an object
 * @param schedule JSON text; null for once
 * @param retry JSON text; null for the type's policy
 * @param timeoutMillis null for the type's
 */
public record DueTask(
        long id,
        int lane,
        int priority,
        Instant dueAt,
        @Nullable Instant runDueAt,
        long version,
        int runNo,
        int attempt,
        int leaseAttempts,
        int limitAttempts,
        int crashes,
        int consecutiveFailures,
        String tenant,
        String type,
        String queue,
        @Nullable String key,
        @Nullable String concurrencyKey,
        String payload,
        @Nullable String schedule,
        @Nullable String retry,
        @Nullable Long timeoutMillis) {

    /** When its run was due, whichever attempt of it this is: what the schedule goes on from. */
    public Instant firstDueAt() {
        return runDueAt == null ? dueAt : runDueAt;
    }

    /** A first attempt, or one after crashes, of the queue that is meant where none is named. */
    public DueTask(
            long id,
            int lane,
            int priority,
            Instant dueAt,
            long version,
            int runNo,
            int attempt,
            int leaseAttempts,
            int crashes,
            int consecutiveFailures,
            String tenant,
            String type,
            @Nullable String key,
            @Nullable String concurrencyKey,
            String payload,
            @Nullable String schedule,
            @Nullable String retry,
            @Nullable Long timeoutMillis) {
        this(
                id,
                lane,
                priority,
                dueAt,
                null,
                version,
                runNo,
                attempt,
                leaseAttempts,
                0,
                crashes,
                consecutiveFailures,
                tenant,
                type,
                "default",
                key,
                concurrencyKey,
                payload,
                schedule,
                retry,
                timeoutMillis);
    }
}
