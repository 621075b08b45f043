package dev.leasehold.engine.plan;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.store.Json;
import dev.leasehold.task.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * When a task is stopped until a person looks at it.
 *
 * @param consecutive failed runs in a row
 * @param inWindow failed runs within the window, successes between them or not
 * @param coolOff by reason: how long until a recurring task is tried once more by itself
 * @param leaseRestarts attempts that a run gets because its lease was taken back
 * @param limitWaits how often a run waits for a provider's limit before a person is asked
 */
public record FailureRules(
        int consecutive,
        int inWindow,
        Duration window,
        Map<Reason, Duration> coolOff,
        int leaseRestarts,
        int limitWaits) {

    private static final int MESSAGES_MAX = 3;
    private static final int MESSAGE_MAX = 100;
    private static final Duration COOL_OFF = Duration.ofDays(7);

    /** Three in a row or five in seven days; seven days of rest; three restarts because of a lease; a hundred waits. */
    public static final FailureRules DEFAULT = new FailureRules(3, 5, Duration.ofDays(7), Map.of(), 3, 100);

    /** A run that failed for good, as the history has it. */
    public record Failure(@Nullable String reason, @Nullable String error) {}

    /**
     * What the history says about a task, before the run that ends now.
     *
     * @param failedInWindow runs that failed for good within the window
     * @param newest the last few of them, newest first
     */
    public record History(int failedInWindow, List<Failure> newest) {
        public static final History NONE = new History(0, List.of());
    }

    /** Whether a recurring task is stopped by the failed run that ends now, which is not yet in the history. */
    public boolean stops(int consecutiveNow, History history) {
        return consecutiveNow >= consecutive || history.failedInWindow() + 1 >= inWindow;
    }

    /** How long a task that failed for this reason rests. */
    public Duration restAfter(Reason reason) {
        return coolOff.getOrDefault(reason, COOL_OFF);
    }

    /** What is stored with a stopped task, as JSON text: why, how often, what it said last, and when it is tried again. */
    public String pattern(int consecutiveNow, Failure now, History history, @Nullable Instant probeAt) {
        Map<String, Integer> reasons = new LinkedHashMap<>();
        ObjectNode json = Json.MAPPER.createObjectNode();
        ArrayNode messages = Json.MAPPER.createArrayNode();
        List<Failure> all = new java.util.ArrayList<>(history.newest());
        all.add(0, now);
        for (Failure each : all) {
            reasons.merge(Objects.requireNonNullElse(each.reason(), "unknown"), 1, Integer::sum);
            addMessage(messages, each.error());
        }
        String reason = now.reason() == null ? "unknown" : now.reason();
        for (Map.Entry<String, Integer> each : reasons.entrySet()) {
            if (each.getValue() > reasons.getOrDefault(reason, 0)) {
                reason = each.getKey();
            }
        }
        json.put("reason", reason).put("consecutive_failures", consecutiveNow);
        json.put("failures_in_window", history.failedInWindow() + 1).put("window", window.toString());
        json.set("messages", messages);
        json.put("probe_at", probeAt == null ? null : probeAt.toString());
        return Json.write(json);
    }

    private static void addMessage(ArrayNode messages, @Nullable String error) {
        if (error == null || messages.size() >= MESSAGES_MAX) {
            return;
        }
        String text = error.length() <= MESSAGE_MAX ? error : error.substring(0, MESSAGE_MAX);
        for (int i = 0; i < messages.size(); i++) {
            if (messages.get(i).asText().equals(text)) {
                return;
            }
        }
        messages.add(text);
    }

    /** A reason as columns and the API write it. */
    public static String label(Reason reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }
}
