package dev.leasehold.store;

import java.time.Instant;
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
        @Nullable Instant dueAt) {

    /** The same, due now. */
    public NewTask dueNow() {
        return new NewTask(
                tenant, type, key, queue, priority, concurrencyKey, payload, schedule, retry, timeoutMillis, null);
    }
}
