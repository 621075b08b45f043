package dev.leasehold.admin.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leasehold.admin.http.ErrorCode;
import dev.leasehold.admin.http.Faults;
import dev.leasehold.admin.http.Principal;
import dev.leasehold.admin.http.ProblemException;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.admin.http.StrictJson;
import dev.leasehold.engine.run.TypeRegistry;
import dev.leasehold.schedule.Schedule;
import dev.leasehold.store.Json;
import dev.leasehold.task.Priority;
import dev.leasehold.task.RetryPolicy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the JSON of a task, as it is posted alone or in bulk. */
final class TaskReader {

    private static final Set<String> FIELDS = Set.of(
            "type",
            "key",
            "tenant",
            "queue",
            "priority",
            "concurrency_key",
            "payload",
            "schedule",
            "retry",
            "timeout",
            "after");

    /** Types whose tasks do whatever their creator writes with the node's own rights: only for admins. */
    private static final Set<String> ADMIN_TYPES = Set.of("sql");

    private static final int LARGEST_PAYLOAD = 1024 * 1024;

    private final TypeRegistry types;

    TaskReader(TypeRegistry types) {
        this.types = types;
    }

    /**
     * The task; empty when it has faults, each of which is noted.
     *
     * @param prefix what stands before each path: {@code [3]} in a list, else empty
     * @throws ProblemException (403) when the caller may not create tasks of the type
     */
    Optional<TaskDraft> read(JsonNode json, String prefix, Principal caller, Faults faults) {
        if (!json.isObject()) {
            faults.add(prefix.isEmpty() ? "$" : prefix, "a task must be an object");
            return Optional.empty();
        }
        int before = faults.size();
        TaskFields fields = new TaskFields(json, prefix.isEmpty() ? "" : prefix + ".", faults);
        fields.refuseUnknown(FIELDS);
        Optional<TypeRegistry.Registered<?>> type = type(fields, caller);
        String key = fields.text("key", TaskFields.LONGEST_KEY);
        String tenant = fields.text("tenant", TaskFields.LONGEST_NAME);
        String queue = fields.text("queue", TaskFields.LONGEST_NAME);
        String concurrencyKey = fields.text("concurrency_key", TaskFields.LONGEST_KEY);
        Priority priority = fields.priority();
        Schedule schedule = fields.schedule();
        RetryPolicy retry = fields.retry();
        Duration timeout = fields.timeout();
        Set<Long> after = fields.tasks("after");
        String payload = payload(fields, type, faults);
        if (faults.size() > before || type.isEmpty() || payload == null) {
            return Optional.empty();
        }
        return Optional.of(new TaskDraft(
                type.get().type().name(),
                key,
                tenant == null ? "default" : tenant,
                queue == null ? "default" : queue,
                priority,
                concurrencyKey,
                payload,
                schedule == null ? Schedule.now() : schedule,
                retry,
                timeout,
                after));
    }

    private Optional<TypeRegistry.Registered<?>> type(TaskFields fields, Principal caller) {
        if (!fields.has("type")) {
            fields.fault("type", "type is required; this node knows " + String.join(", ", types.names()));
            return Optional.empty();
        }
        String name = fields.text("type", TaskFields.LONGEST_NAME);
        if (name == null) {
            return Optional.empty();
        }
        Optional<TypeRegistry.Registered<?>> type = types.find(name);
        if (type.isEmpty()) {
            fields.fault(
                    "type", "no node knows the type '" + name + "'; known are " + String.join(", ", types.names()));
        } else if (ADMIN_TYPES.contains(name) && !caller.may(Scope.ADMIN)) {
            throw new ProblemException(ErrorCode.FORBIDDEN, "tasks of type " + name + " need the scope admin");
        }
        return type;
    }

    /** The payload as JSON text, once the type's class has accepted it. */
    static @Nullable String payload(TaskFields fields, Optional<TypeRegistry.Registered<?>> type, Faults faults) {
        JsonNode payload = fields.has("payload") ? fields.node("payload") : Json.MAPPER.createObjectNode();
        if (!payload.isObject()) {
            fields.fault("payload", "payload must be an object");
            return null;
        }
        int before = faults.size();
        StrictJson.checkStorable(payload, fields.path("payload"), faults);
        String text = Json.write(payload);
        if (text.getBytes(StandardCharsets.UTF_8).length > LARGEST_PAYLOAD) {
            fields.fault("payload", "payload must be at most " + LARGEST_PAYLOAD + " bytes");
        }
        if (faults.size() == before && type.isPresent()) {
            PayloadCheck.check(type.get().type().payloadClass(), payload, fields);
        }
        return text;
    }
}
