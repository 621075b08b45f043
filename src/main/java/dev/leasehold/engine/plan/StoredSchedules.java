package dev.leasehold.engine.plan;

import dev.leasehold.schedule.Once;
import dev.leasehold.schedule.Schedule;
import dev.leasehold.store.Json;
import dev.leasehold.store.PolicyJson;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Schedules as rows bring them. Each run asks for its schedule more than once: many tasks share one text, which is read
 * once, and the text of a plain one-shot is known by its shape.
 */
final class StoredSchedules {

    private static final int KEPT = 4_096;
    private static final Map<String, Schedule> READ = new ConcurrentHashMap<>();

    /** As PostgreSQL writes the JSON of a one-shot without rules. */
    private static final String ONCE_BEGINS = "{\"at\": \"";

    private static final String ONCE_ENDS = "\", \"kind\": \"once\"}";

    /** Of the plain one-shots, the one read last: what was enqueued together is often due at one time. */
    private static volatile @Nullable Known lastOnce;

    private record Known(String json, Schedule schedule) {}

    private StoredSchedules() {}

    /** True for a one-shot that has no rules: it says nothing about its run, but when it is. */
    static boolean isPlainOnce(String json) {
        return json.startsWith(ONCE_BEGINS)
                && json.endsWith(ONCE_ENDS)
                && json.indexOf('"', ONCE_BEGINS.length()) == json.length() - ONCE_ENDS.length();
    }

    /**
     * Reads a schedule.
     *
     * @throws IllegalArgumentException for one that says what is not allowed
     * @throws dev.leasehold.store.StoreException for what is no JSON
     */
    static Schedule read(String json) {
        if (isPlainOnce(json)) {
            return plainOnce(json);
        }
        Schedule known = READ.get(json);
        if (known != null) {
            return known;
        }
        Schedule read = PolicyJson.readSchedule(Json.tree(json));
        if (READ.size() >= KEPT) {
            READ.clear();
        }
        READ.put(json, read);
        return read;
    }

    private static Schedule plainOnce(String json) {
        Known last = lastOnce;
        if (last != null && last.json().equals(json)) {
            return last.schedule();
        }
        try {
            Schedule read = new Once(Optional.of(
                    Instant.parse(json.substring(ONCE_BEGINS.length(), json.length() - ONCE_ENDS.length()))));
            lastOnce = new Known(json, read);
            return read;
        } catch (DateTimeParseException e) {
            return PolicyJson.readSchedule(Json.tree(json)); // which names the fault
        }
    }
}
