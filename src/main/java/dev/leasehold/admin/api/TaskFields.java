package dev.leasehold.admin.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leasehold.admin.http.Faults;
import dev.leasehold.admin.http.StrictJson;
import dev.leasehold.schedule.Once;
import dev.leasehold.schedule.Schedule;
import dev.leasehold.store.PolicyJson;
import dev.leasehold.task.Priority;
import dev.leasehold.task.RetryPolicy;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a task's JSON, one by one. What is wrong goes to the faults, with its path, and the field then counts as
 * absent. A field that is null counts as absent too.
 */
final class TaskFields {

    static final int LONGEST_KEY = 512;
    static final int LONGEST_NAME = 128;
    private static final int MOST_TASKS = 1_000;
    private static final Duration LONGEST_TIMEOUT = Duration.ofDays(366);
    private static final Instant FIRST_YEAR = Instant.parse("1970-01-01T00:00:00Z");
    private static final Instant LAST_YEAR = Instant.parse("9999-12-31T23:59:59Z");

    /** How messages of policies and payloads begin: with the field, or with the unknown one in quotes. */
    private static final Pattern FIELD_FIRST = Pattern.compile("([a-z][a-z0-9_]*(?:[.\\[][a-z0-9_\\].\\[]*)?)[: ].*");

    private static final Pattern UNKNOWN_FIELD = Pattern.compile("unknown field '(.*?)'.*", Pattern.DOTALL);

    private final JsonNode json;
    private final String prefix;
    private final Faults faults;

    /**
     * The fields of one object.
     *
     * @param prefix what stands before each path: {@code [3].} in a list, else empty
     */
    TaskFields(JsonNode json, String prefix, Faults faults) {
        this.json = json;
        this.prefix = prefix;
        this.faults = faults;
    }

    void refuseUnknown(Set<String> known) {
        json.properties().forEach(field -> {
            if (!known.contains(field.getKey())) {
                faults.add(
                        prefix + field.getKey(),
                        "unknown field; known are " + known.stream().sorted().collect(Collectors.joining(", ")));
            }
        });
    }

    boolean has(String field) {
        return json.hasNonNull(field);
    }

    JsonNode node(String field) {
        return json.path(field);
    }

    String path(String field) {
        return prefix + field;
    }

    void fault(String field, String message) {
        faults.add(prefix + field, message);
    }

    /** Text of 1 to {@code longest} characters that PostgreSQL can hold. */
    @Nullable
    String text(String field, int longest) {
        if (!has(field)) {
            return null;
        }
        JsonNode value = json.get(field);
        if (!value.isTextual()) {
            fault(field, field + " must be a string");
            return null;
        }
        String text = value.textValue();
        int length = text.codePointCount(0, text.length());
        if (length < 1 || length > longest) {
            fault(field, field + " must be 1 to " + longest + " characters, not " + length);
            return null;
        }
        return StrictJson.checkText(text, prefix + field, faults) ? text : null;
    }

    Priority priority() {
        String text = has("priority") && json.get("priority").isTextual()
                ? json.get("priority").textValue()
                : null;
        for (Priority priority : Priority.values()) {
            if (Priorities.label(priority).equals(text)) {
                return priority;
            }
        }
        if (has("priority")) {
            fault("priority", "priority must be critical, high, normal or low, not " + shown(json.get("priority")));
        }
        return Priority.NORMAL;
    }

    @Nullable
    Schedule schedule() {
        Schedule schedule = policy("schedule", PolicyJson::readSchedule);
        if (schedule instanceof Once once && once.at().isPresent()) {
            Instant at = once.at().get();
            if (at.isBefore(FIRST_YEAR) || at.isAfter(LAST_YEAR)) {
                fault("schedule.at", "at must lie between " + FIRST_YEAR + " and " + LAST_YEAR);
                return null;
            }
        }
        return schedule;
    }

    @Nullable
    RetryPolicy retry() {
        return policy("retry", PolicyJson::readRetry);
    }

    @Nullable
    Duration timeout() {
        String text = text("timeout", 64);
        if (text == null) {
            return null;
        }
        try {
            Duration timeout = PolicyJson.readDuration("timeout", text);
            if (timeout.toMillis() >= 1 && timeout.compareTo(LONGEST_TIMEOUT) <= 0) {
                return timeout;
            }
            fault("timeout", "timeout must be between PT0.001S and P366D, not " + text);
        } catch (ArithmeticException e) {
            fault("timeout", "timeout must be between PT0.001S and P366D, not " + text);
        } catch (IllegalArgumentException e) {
            fault("timeout", message(e));
        }
        return null;
    }

    /** Ids of other tasks. */
    Set<Long> tasks(String field) {
        Set<Long> ids = new TreeSet<>();
        if (!has(field)) {
            return ids;
        }
        JsonNode list = json.get(field);
        if (!list.isArray() || list.size() > MOST_TASKS) {
            fault(field, field + " must be an array of at most " + MOST_TASKS + " ids of tasks");
            return ids;
        }
        for (int i = 0; i < list.size(); i++) {
            JsonNode each = list.get(i);
            if (each.isTextual() && each.textValue().matches("[0-9]{1,18}")) {
                ids.add(Long.valueOf(each.textValue()));
            } else {
                fault(field + "[" + i + "]", "not the id of a task: " + shown(each));
            }
        }
        return ids;
    }

    private <T> @Nullable T policy(String field, Function<JsonNode, T> reader) {
        if (!has(field)) {
            return null;
        }
        try {
            return reader.apply(json.get(field));
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException e) {
            refused(field, message(e), json.get(field));
            return null;
        }
    }

    /** Notes what the reader of a nested object refuses, at the field that its message begins with. */
    void refused(String field, String message, JsonNode value) {
        Matcher unknown = UNKNOWN_FIELD.matcher(message);
        if (unknown.matches()) {
            fault(field + "." + unknown.group(1), message);
            return;
        }
        if (value.path("kind").asText().equals("cron") && message.contains("cron")) {
            fault(field + ".expression", message);
            return;
        }
        Matcher first = FIELD_FIRST.matcher(message.lines().findFirst().orElse(""));
        boolean named = first.matches() && isField(first.group(1), value, message);
        fault(named ? field + "." + first.group(1) : field, message);
    }

    private static boolean isField(String word, JsonNode value, String message) {
        String head = Arrays.stream(word.split("[.\\[]", 2)).findFirst().orElse(word);
        boolean saysMissing = message.startsWith(word + " is required") || message.startsWith(word + " must");
        return value.has(head) || (saysMissing && !head.equals("schedule") && !head.equals("retry"));
    }

    private static String message(RuntimeException e) {
        String message = e.getMessage();
        return message == null ? "the value is out of range" : message;
    }

    private static String shown(JsonNode value) {
        String text = value.toString();
        return text.length() > 80 ? text.substring(0, 80) + "…" : text;
    }
}
