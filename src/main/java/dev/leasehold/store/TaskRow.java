package dev.leasehold.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A task as it stands; of a one-shot that is done, as its history keeps it.
 *
 * @param state active, paused, needs_intervention, done or cancelled
 * @param running it is in the ledger of runs under way (entered after a moment)
 * @param pattern JSON text: why the failure rules stopped it; null unless they did
 */
public record TaskRow(
        long id,
        int lane,
        int priority,
        @Nullable Instant dueAt,
        long version,
        int runNo,
        int attempt,
        int consecutiveFailures,
        String state,
        String tenant,
        String type,
        @Nullable String key,
        String queue,
        @Nullable String concurrencyKey,
        String payload,
        @Nullable String schedule,
        @Nullable String retry,
        @Nullable Long timeoutMillis,
        @Nullable String pattern,
        Instant createdAt,
        boolean running) {

    /** The key, or the id that stands in for it. */
    public String keyOrId() {
        return key == null ? Long.toString(id) : key;
    }
}
