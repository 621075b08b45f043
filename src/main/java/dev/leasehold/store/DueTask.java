package dev.leasehold.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A due task as its lane's owner read it.
 *
 * @param priority 0 critical to 3 low
 * @param version what a completion must name
 * @param leaseAttempts attempts of this run that ended because a lease was taken back
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
        long version,
        int runNo,
        int attempt,
        int leaseAttempts,
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

    /** One of the queue that is meant where none is named. */
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
                version,
                runNo,
                attempt,
                leaseAttempts,
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
