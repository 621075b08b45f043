package dev.leasehold.admin.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leasehold.admin.http.Faults;
import dev.leasehold.engine.run.TypeRegistry;
import dev.leasehold.schedule.Schedule;
import dev.leasehold.store.Json;
import dev.leasehold.store.PolicyJson;
import dev.leasehold.store.ScheduleColumns;
import dev.leasehold.store.TaskChanges;
import dev.leasehold.store.TaskRow;
import dev.leasehold.task.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * New values for a task; what is absent stays as it is.
 *
 * @param payload JSON text, accepted by the task's type
 * @param priority 0 to 3
 */
record TaskPatch(
        @Nullable String payload,
        @Nullable Schedule schedule,
        @Nullable Integer priority,
        @Nullable RetryPolicy retry,
        @Nullable Duration timeout) {

    private static final Set<String> FIELDS = Set.of("payload", "schedule", "priority", "retry", "timeout");

    /** Reads a body; throws the 422 that lists its faults. */
    static TaskPatch read(JsonNode json, TaskRow task, TypeRegistry types) {
        Faults faults = new Faults();
        if (!json.isObject()) {
            faults.add("$", "the body must be an object");
            faults.check();
        }
        TaskFields fields = new TaskFields(json, "", faults);
        fields.refuseUnknown(FIELDS);
        FIELDS.stream()
                .filter(field -> json.path(field).isNull())
                .sorted()
                .forEach(field -> faults.add(field, "null is no value of it; leave it out to keep what it is"));
        Optional<TypeRegistry.Registered<?>> type = types.find(task.type());
        TaskPatch patch = new TaskPatch(
                fields.has("payload") ? TaskReader.payload(fields, type, faults) : null,
                fields.schedule(),
                fields.has("priority") ? Integer.valueOf(Priorities.rank(fields.priority())) : null,
                fields.retry(),
                fields.timeout());
        faults.check();
        return patch;
    }

    /**
     * The columns of it.
     *
     * @param now the database's clock, from which a new schedule counts
     * @throws IllegalArgumentException when the schedule's end has passed
     */
    TaskChanges.Patch row(Instant now) {
        String scheduleText = null;
        Instant dueAt = null;
        if (schedule != null) {
            ScheduleColumns columns = ScheduleColumns.of(schedule, now);
            // Null would leave these columns as they are.
            scheduleText = columns.text() == null ? Json.write(PolicyJson.write(schedule)) : columns.text();
            dueAt = columns.dueAt() == null ? now : columns.dueAt();
        }
        return new TaskChanges.Patch(
                payload,
                scheduleText,
                dueAt,
                priority,
                retry == null ? null : Json.write(PolicyJson.write(retry)),
                timeout == null ? null : timeout.toMillis());
    }
}
