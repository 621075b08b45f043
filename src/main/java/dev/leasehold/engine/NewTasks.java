package dev.leasehold.engine;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leasehold.engine.run.TypeRegistry;
import dev.leasehold.store.Json;
import dev.leasehold.store.NewTask;
import dev.leasehold.store.PolicyJson;
import dev.leasehold.store.ScheduleColumns;
import dev.leasehold.task.TaskId;
import dev.leasehold.task.TaskSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Collectors;

/** Brings specs into the form of columns, and refuses what their type refuses. */
public final class NewTasks {

    private final TypeRegistry types;

    public NewTasks(TypeRegistry types) {
        this.types = types;
    }

    /**
     * The task that a spec asks for.
     *
     * @param now the database's clock, from which schedules count
     * @throws IllegalArgumentException when no handler is there for its type, the type refuses the payload,
     *     or the schedule's end has passed
     */
    @SuppressWarnings("EnumOrdinal") // the column's numbers are the order of the words
    public NewTask of(TaskSpec spec, Instant now) {
        TypeRegistry.Registered<?> type = types.find(spec.type())
                .orElseThrow(() -> new IllegalArgumentException("no node knows the type '" + spec.type() + "'"));
        JsonNode payload = spec.payload() instanceof JsonNode tree ? tree : Json.MAPPER.valueToTree(spec.payload());
        if (!payload.isObject()) {
            throw new IllegalArgumentException("payload must be an object");
        }
        type.payload(payload);
        ScheduleColumns schedule = ScheduleColumns.of(spec.schedule(), now);
        Duration timeout = spec.timeout();
        NewTask task = new NewTask(
                spec.tenant(),
                spec.type(),
                spec.key(),
                spec.queue(),
                spec.priority().ordinal(),
                spec.concurrencyKey(),
                Json.write(payload),
                schedule.text(),
                spec.retry() == null ? null : Json.write(PolicyJson.write(spec.retry())),
                timeout == null ? null : timeout.toMillis(),
                schedule.dueAt());
        return spec.after().isEmpty()
                ? task
                : task.after(spec.after().stream().map(TaskId::value).collect(Collectors.toSet()));
    }
}
