package dev.leasehold.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells of tasks that came, in the transaction in which they come: one event a call, however many it brought. */
public final class JobScheduled {

    /** The event's type. */
    public static final String TYPE = "job_scheduled";

    private JobScheduled() {}

    /**
     * Writes the event; none where nothing was created.
     *
     * @param node that wrote them
     * @param by who asked for it; null: the application's own code
     * @param tasks what was to be created
     * @param answers what became of each, in the same order
     */
    public static void insert(
            Connection connection, String node, @Nullable String by, List<NewTask> tasks, List<Tasks.Created> answers)
            throws SQLException {
        int count = 0;
        int first = -1;
        for (int i = 0; i < answers.size(); i++) {
            if (answers.get(i).created()) {
                first = first < 0 ? i : first;
                count++;
            }
        }
        if (count > 0) {
            NewTask task = tasks.get(first);
            Events.Event event = count == 1
                    ? one(node, by, task, answers.get(first))
                    : many(node, by, task, answers.get(first), count);
            Events.insert(connection, List.of(event));
        }
    }

    private static Events.Event one(String node, @Nullable String by, NewTask task, Tasks.Created created) {
        ObjectNode data = Json.MAPPER.createObjectNode().put("by", by).put("due_at", text(created));
        return new Events.Event(
                TYPE, node, created.id(), task.type(), task.tenant(), "scheduled" + words(by), Json.write(data));
    }

    private static Events.Event many(String node, @Nullable String by, NewTask task, Tasks.Created created, int count) {
        ObjectNode data = Json.MAPPER
                .createObjectNode()
                .put("by", by)
                .put("count", count)
                .put("first_id", Long.toString(created.id()));
        return new Events.Event(
                TYPE,
                node,
                null,
                null,
                null,
                count + " tasks scheduled" + words(by) + ", the first of type " + task.type(),
                Json.write(data));
    }

    private static @Nullable String text(Tasks.Created created) {
        return created.dueAt() == null ? null : created.dueAt().toString();
    }

    private static String words(@Nullable String by) {
        return by == null ? "" : " by " + by;
    }
}
