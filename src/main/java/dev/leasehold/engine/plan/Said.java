package dev.leasehold.engine.plan;

import dev.leasehold.task.TaskEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a handler said beside its outcome, to be written with it.
 *
 * @param log lines as they are stored: cut, and without what looks like a secret
 * @param alerts raised and cleared, in order
 * @param events emitted, in order
 * @param progress what it said last; null when it said nothing
 */
public record Said(
        List<String> log,
        List<AlertChange> alerts,
        List<StoredEvent> events,
        @Nullable Progress progress) {

    public static final Said NOTHING = new Said(List.of(), List.of(), List.of(), null);

    /** An event with its payload as JSON text. */
    public record StoredEvent(String name, String payload) {

        /**
         * The event as it is stored.
         *
         * @throws dev.leasehold.store.StoreException when the payload cannot be written as JSON
         */
        public static StoredEvent of(TaskEvent event) {
            return new StoredEvent(event.name(), StoredJson.json(event.payload()));
        }
    }
}
