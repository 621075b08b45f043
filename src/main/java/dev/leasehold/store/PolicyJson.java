package dev.leasehold.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.schedule.Schedule;
import dev.leasehold.task.RetryPolicy;
import java.time.Duration;
import java.util.Set;

/**
 * Schedules and retry policies as JSON, the same in columns and in the API. Reading throws {@link
 * IllegalArgumentException} with a message that names the field and says what is allowed.
 */
public final class PolicyJson {

    private PolicyJson() {}

    /** Reads {@code {"kind":"once"|"every"|"cron", …}}; the fields are those of {@code docs/schedules.md}. */
    public static Schedule readSchedule(JsonNode json) {
        return ScheduleJson.read(json);
    }

    /** Writes what {@link #readSchedule} reads; what is as usual is left out. */
    public static ObjectNode write(Schedule schedule) {
        return ScheduleJson.write(schedule);
    }

    /** Reads {@code {"max_attempts":5,"backoff":"PT1S","factor":2,"max_backoff":"PT1H","jitter":0.2}}; all optional. */
    public static RetryPolicy readRetry(JsonNode json) {
        JsonFields.requireObject(json, "retry");
        JsonFields.allow(json, Set.of("max_attempts", "backoff", "factor", "max_backoff", "jitter"));
        RetryPolicy plain = RetryPolicy.DEFAULT;
        Duration backoff = json.hasNonNull("backoff") ? JsonFields.duration(json, "backoff") : plain.backoff();
        Duration longest = plain.maxBackoff().compareTo(backoff) < 0 ? backoff : plain.maxBackoff();
        return new RetryPolicy(
                json.hasNonNull("max_attempts") ? JsonFields.integer(json, "max_attempts") : plain.maxAttempts(),
                backoff,
                json.hasNonNull("factor") ? JsonFields.number(json, "factor") : plain.factor(),
                json.hasNonNull("max_backoff") ? JsonFields.duration(json, "max_backoff") : longest,
                json.hasNonNull("jitter") ? JsonFields.number(json, "jitter") : plain.jitter());
    }

    /** Writes what {@link #readRetry} reads. */
    public static ObjectNode write(RetryPolicy retry) {
        return Json.MAPPER
                .createObjectNode()
                .put("max_attempts", retry.maxAttempts())
                .put("backoff", retry.backoff().toString())
                .put("factor", retry.factor())
                .put("max_backoff", retry.maxBackoff().toString())
                .put("jitter", retry.jitter());
    }

    /** An ISO 8601 duration such as PT15M; days are taken as 24 hours. */
    public static Duration readDuration(String field, String text) {
        return JsonFields.duration(field, text);
    }
}
