package dev.leasehold.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.schedule.Cron;
import dev.leasehold.schedule.Every;
import dev.leasehold.schedule.Once;
import dev.leasehold.schedule.Schedule;
import dev.leasehold.task.RetryPolicy;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Schedules and retry policies as JSON, the same in columns and in the API. Reading throws {@link
 * IllegalArgumentException} with a message that names the field and says what is allowed.
 */
public final class PolicyJson {

    private PolicyJson() {}

    /** Reads {@code {"kind":"once"|"every"|"cron", …}}. */
    public static Schedule readSchedule(JsonNode json) {
        requireObject(json, "schedule");
        String kind = text(json, "kind");
        return switch (kind) {
            case "once" -> {
                allow(json, Set.of("kind", "at"));
                yield new Once(json.hasNonNull("at") ? Optional.of(instant(json, "at")) : Optional.empty());
            }
            case "every" -> {
                allow(json, Set.of("kind", "interval", "mode"));
                yield new Every(duration(json, "interval"), mode(json));
            }
            case "cron" -> {
                allow(json, Set.of("kind", "expression", "zone"));
                yield Cron.of(text(json, "expression"), zone(json));
            }
            default -> throw new IllegalArgumentException("kind must be once, every or cron, not '" + kind + "'");
        };
    }

    /** Writes what {@link #readSchedule} reads. */
    public static ObjectNode write(Schedule schedule) {
        ObjectNode json = Json.MAPPER.createObjectNode();
        if (schedule instanceof Once once) {
            json.put("kind", "once");
            once.at().ifPresent(at -> json.put("at", at.toString()));
        } else if (schedule instanceof Every every) {
            json.put("kind", "every").put("interval", every.interval().toString());
            json.put("mode", every.mode().name().toLowerCase(Locale.ROOT));
        } else if (schedule instanceof Cron cron) {
            json.put("kind", "cron").put("expression", cron.expression());
            json.put("zone", cron.zone().getId());
        }
        return json;
    }

    /** Reads {@code {"max_attempts":5,"backoff":"PT1S","factor":2,"max_backoff":"PT1H","jitter":0.2}}; all optional. */
    public static RetryPolicy readRetry(JsonNode json) {
        requireObject(json, "retry");
        allow(json, Set.of("max_attempts", "backoff", "factor", "max_backoff", "jitter"));
        RetryPolicy plain = RetryPolicy.DEFAULT;
        Duration backoff = json.hasNonNull("backoff") ? duration(json, "backoff") : plain.backoff();
        Duration longest = plain.maxBackoff().compareTo(backoff) < 0 ? backoff : plain.maxBackoff();
        return new RetryPolicy(
                json.hasNonNull("max_attempts") ? integer(json, "max_attempts") : plain.maxAttempts(),
                backoff,
                json.hasNonNull("factor") ? number(json, "factor") : plain.factor(),
                json.hasNonNull("max_backoff") ? duration(json, "max_backoff") : longest,
                json.hasNonNull("jitter") ? number(json, "jitter") : plain.jitter());
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
        try {
            return Duration.parse(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    field + " must be an ISO 8601 duration such as PT15M, not '" + text + "'", e);
        }
    }

    private static Every.Mode mode(JsonNode json) {
        if (!json.hasNonNull("mode")) {
            return Every.Mode.FIXED_DELAY;
        }
        String mode = text(json, "mode");
        return switch (mode) {
            case "fixed_delay" -> Every.Mode.FIXED_DELAY;
            case "fixed_rate" -> Every.Mode.FIXED_RATE;
            default -> throw new IllegalArgumentException("mode must be fixed_delay or fixed_rate, not '" + mode + "'");
        };
    }

    private static ZoneId zone(JsonNode json) {
        if (!json.hasNonNull("zone")) {
            return ZoneId.of("UTC");
        }
        String zone = text(json, "zone");
        try {
            return ZoneId.of(zone);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("zone must be a time zone such as Europe/Berlin, not '" + zone + "'", e);
        }
    }

    private static Instant instant(JsonNode json, String field) {
        String text = text(json, field);
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    field + " must be an RFC 3339 instant such as 2030-01-31T08:00:00Z, not '" + text + "'", e);
        }
    }

    private static Duration duration(JsonNode json, String field) {
        return readDuration(field, text(json, field));
    }

    private static String text(JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.isTextual()) {
            throw new IllegalArgumentException(
                    field + " must be a string" + (value.isMissingNode() ? " and is missing" : ""));
        }
        return value.textValue();
    }

    private static int integer(JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw new IllegalArgumentException(field + " must be a whole number");
        }
        return value.intValue();
    }

    private static double number(JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.isNumber()) {
            throw new IllegalArgumentException(field + " must be a number");
        }
        return value.doubleValue();
    }

    private static void requireObject(JsonNode json, String field) {
        if (!json.isObject()) {
            throw new IllegalArgumentException(field + " must be an object");
        }
    }

    private static void allow(JsonNode json, Set<String> fields) {
        for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!fields.contains(name)) {
                throw new IllegalArgumentException("unknown field '" + name + "'; known are "
                        + String.join(", ", fields.stream().sorted().toList()));
            }
        }
    }
}
