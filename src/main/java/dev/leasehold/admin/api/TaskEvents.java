package dev.leasehold.admin.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.store.Events;
import dev.leasehold.store.Json;
import dev.leasehold.store.TaskRow;
import java.util.Map;

/** What people and programs did to a task, as the event log tells it. */
final class TaskEvents {

    private static final Map<String, String> TYPES = Map.of(
            "cancel", "job_cancelled",
            "pause", "job_paused",
            "resume", "job_resumed",
            "run", "job_triggered",
            "patch", "job_changed");

    private static final Map<String, String> SAID = Map.of(
            "cancel", "cancelled",
            "pause", "paused",
            "resume", "resumed",
            "run", "told to run now",
            "patch", "changed");

    private TaskEvents() {}

    /**
     * The event of an action.
     *
     * @param task as it stands after it
     * @param who id of the token, never the token
     */
    static Events.Event of(String action, TaskRow task, String who, String node) {
        String type = TYPES.get(action);
        if (type == null) {
            throw new IllegalArgumentException("no event for " + action);
        }
        ObjectNode data =
                Views.object().put("by", who).put("state", task.state()).put("due_at", Views.text(task.dueAt()));
        return new Events.Event(
                type, node, task.id(), task.type(), task.tenant(), SAID.get(action) + " by " + who, Json.write(data));
    }
}
