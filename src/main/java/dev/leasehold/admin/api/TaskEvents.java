package dev.leasehold.admin.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.store.Events;
import dev.leasehold.store.Json;
import dev.leasehold.store.TaskAction;
import dev.leasehold.store.TaskRow;
import java.util.Locale;
import java.util.Map;

/** What people and programs did to a task, as the event log tells it. */
final class TaskEvents {

    /** New values for a task; not one of the actions, since it needs values. */
    static final String PATCH = "patch";

    private record Told(String type, String words) {}

    private static final Map<String, Told> ACTIONS = Map.of(
            label(TaskAction.CANCEL),
            new Told("job_cancelled", "cancelled"),
            label(TaskAction.PAUSE),
            new Told("job_paused", "paused"),
            label(TaskAction.RESUME),
            new Told("job_resumed", "resumed"),
            label(TaskAction.REDRIVE),
            new Told("job_redriven", "redriven"),
            label(TaskAction.RUN),
            new Told("job_triggered", "told to run now"),
            PATCH,
            new Told("job_changed", "changed"));

    private TaskEvents() {}

    /** How the API writes an action. */
    static String label(TaskAction action) {
        return action.name().toLowerCase(Locale.ROOT);
    }

    /**
     * The event of an action.
     *
     * @param task as it stands after it
     * @param who id of the token, never the token
     */
    static Events.Event of(String action, TaskRow task, String who, String node) {
        Told told = ACTIONS.get(action);
        if (told == null) {
            throw new IllegalArgumentException("no event for " + action);
        }
        ObjectNode data =
                Views.object().put("by", who).put("state", task.state()).put("due_at", Views.text(task.dueAt()));
        return new Events.Event(
                told.type(),
                node,
                task.id(),
                task.type(),
                task.tenant(),
                told.words() + " by " + who,
                Json.write(data));
    }
}
