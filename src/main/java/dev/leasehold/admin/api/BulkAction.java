package dev.leasehold.admin.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leasehold.admin.http.Cursor;
import dev.leasehold.admin.http.Faults;
import dev.leasehold.store.TaskAction;
import dev.leasehold.store.TaskSelections.Selection;
import dev.leasehold.task.TaskId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What to do to which tasks.
 *
 * @param dryRun only tells what it would do
 * @param afterId where an earlier call stopped; 0 for the start
 */
record BulkAction(TaskAction action, Selection selection, boolean dryRun, long afterId) {

    static final String LIST = "actions";
    private static final Set<String> FIELDS = Set.of("action", "filter", "dry_run", "cursor");
    private static final Set<String> FILTERS = Set.of("ids", "type", "state", "tenant", "queue", "q");
    private static final Set<String> STATES = Set.of("active", "blocked", "paused", "needs_intervention");
    private static final int MOST_IDS = 1000;

    /** Reads a body; throws the 422 that lists its faults. */
    static BulkAction read(JsonNode json) {
        Faults faults = new Faults();
        if (!json.isObject()) {
            faults.add("$", "the body must be an object");
            faults.check();
        }
        TaskFields fields = new TaskFields(json, "", faults);
        fields.refuseUnknown(FIELDS);
        TaskAction action = action(fields);
        Selection selection = selection(fields.node("filter"), faults);
        boolean dryRun = false;
        if (fields.has("dry_run")) {
            if (!fields.node("dry_run").isBoolean()) {
                fields.fault("dry_run", "dry_run must be true or false");
            }
            dryRun = fields.node("dry_run").booleanValue();
        }
        String cursor = fields.text("cursor", TaskFields.LONGEST_KEY);
        long afterId = cursor == null
                ? 0
                : Cursor.read(cursor, LIST, 1, faults).map(at -> at.number(0)).orElse(0L);
        faults.check();
        return new BulkAction(action, selection, dryRun, afterId);
    }

    private static TaskAction action(TaskFields fields) {
        String text = fields.text("action", TaskFields.LONGEST_NAME);
        for (TaskAction action : TaskAction.values()) {
            if (TaskEvents.label(action).equals(text)) {
                return action;
            }
        }
        if (text != null || !fields.has("action")) {
            fields.fault(
                    "action",
                    "action must be one of "
                            + Arrays.stream(TaskAction.values())
                                    .map(TaskEvents::label)
                                    .collect(Collectors.joining(", ")));
        }
        return TaskAction.PAUSE;
    }

    /** A filter that names nothing is refused: it is easily forgotten, and would mean all there is. */
    private static Selection selection(JsonNode json, Faults faults) {
        Selection none = new Selection(null, null, null, null, null, null);
        if (!json.isObject()) {
            faults.add("filter", "filter is required: an object with at least one of " + sorted(FILTERS));
            return none;
        }
        TaskFields fields = new TaskFields(json, "filter.", faults);
        fields.refuseUnknown(FILTERS);
        String state = fields.text("state", TaskFields.LONGEST_NAME);
        if (state != null && !STATES.contains(state)) {
            fields.fault("state", "state must be one of " + sorted(STATES));
        }
        int before = faults.size();
        Selection selection = new Selection(
                ids(fields),
                fields.text("type", TaskFields.LONGEST_NAME),
                state,
                fields.text("tenant", TaskFields.LONGEST_NAME),
                fields.text("queue", TaskFields.LONGEST_NAME),
                fields.text("q", TaskFields.LONGEST_KEY));
        if (selection.isEmpty() && faults.size() == before) {
            faults.add("filter", "filter must name at least one of " + sorted(FILTERS));
        }
        return selection;
    }

    private static @Nullable List<Long> ids(TaskFields fields) {
        if (!fields.has("ids")) {
            return null;
        }
        JsonNode json = fields.node("ids");
        if (!json.isArray() || json.size() > MOST_IDS) {
            fields.fault("ids", "ids must be an array of at most " + MOST_IDS + " ids");
            return List.of();
        }
        List<Long> ids = new ArrayList<>();
        for (JsonNode each : json) {
            try {
                ids.add(TaskId.parse(each.asText()).value());
            } catch (IllegalArgumentException e) {
                fields.fault("ids", "ids must hold ids of tasks only");
                break;
            }
        }
        return ids;
    }

    private static String sorted(Set<String> words) {
        return words.stream().sorted().collect(Collectors.joining(", "));
    }
}
