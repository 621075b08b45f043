package dev.leasehold.store;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A task to be created, checked and in the form of its columns.
 *
 * @param priority 0 critical to 3 low
 * @param key null: the id stands in for it
 * @param payload JSON text of an object
 * @param schedule JSON text; null for once
 * @param retry JSON text; null for the type's policy
 * @param timeoutMillis null for the type's
 * @param after tasks after whose success it runs
 * @param needed others will wait for its end
 * @param dueAt null or past: now, by the database's clock
 */
public record NewTask(
        String tenant,
        String type,
        @Nullable String key,
        String queue,
        int priority,
        @Nullable String concurrencyKey,
        String payload,
        @Nullable String schedule,
        @Nullable String retry,
        @Nullable Long timeoutMillis,
        @Nullable Instant dueAt,
        Set<Long> after,
        boolean needed) {

    /** One that waits for no other. */
    public NewTask(
            String tenant,
            String type,
            @Nullable String key,
            String queue,
            int priority,
            @Nullable String concurrencyKey,
            String payload,
            @Nullable String schedule,
            @Nullable String retry,
            @Nullable Long timeoutMillis,
            @Nullable Instant dueAt) {
        this(
                tenant,
                type,
                key,
                queue,
                priority,
                concurrencyKey,
                payload,
                schedule,
                retry,
                timeoutMillis,
                dueAt,
                Set.of(),
                false);
    }

    /** The same, to run after the success of these. */
    public NewTask after(Set<Long> tasks) {
        return new NewTask(
                tenant,
                type,
                key,
                queue,
                priority,
                concurrencyKey,
                payload,
                schedule,
                retry,
                timeoutMillis,
                dueAt,
                Set.copyOf(tasks),
                needed);
    }

    /** The same, for whose end others will wait. */
    public NewTask neededByOthers() {
        return new NewTask(
                tenant,
                type,
                key,
                queue,
                priority,
                concurrencyKey,
                payload,
                schedule,
                retry,
                timeoutMillis,
                dueAt,
                after,
                true);
    }

    /** The same, due now. */
    public NewTask dueNow() {
        return new NewTask(
                tenant,
                type,
                key,
                queue,
                priority,
                concurrencyKey,
                payload,
                schedule,
                retry,
                timeoutMillis,
                null,
                after,
                needed);
    }
}
