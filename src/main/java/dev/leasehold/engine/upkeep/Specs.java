package dev.leasehold.engine.upkeep;

import dev.leasehold.engine.run.TypeRegistry;
import dev.leasehold.schedule.Schedule;
import dev.leasehold.store.Json;
import dev.leasehold.store.NewTask;
import dev.leasehold.store.PolicyJson;
import dev.leasehold.store.ScheduleColumns;
import dev.leasehold.task.RetryPolicy;
import dev.leasehold.task.TaskSpec;
import java.time.Clock;
import java.time.Duration;

/** Turns what Java code asks for into what the table holds, checked as the API checks it. */
public final class Specs {

    private final TypeRegistry types;
    private final Clock clock;

    /**
     * Reads the clock only for first due times that lie ahead; "now" is the database's.
     *
     * @param types whose payload classes check the payloads
     */
    public Specs(TypeRegistry types, Clock clock) {
        this.types = types;
        this.clock = clock;
    }

    /**
     * The row of a spec.
     *
     * @throws IllegalArgumentException when no handler of this node is of its type, the type refuses the payload, or
     *     the schedule is over
     */
    public NewTask row(TaskSpec spec) {
        TypeRegistry.Registered<?> type = types.find(spec.type())
                .orElseThrow(() -> new IllegalArgumentException(
                        "no handler of this node is of type '" + spec.type() + "'; known are " + types.names()));
        String payload = Json.write(spec.payload());
        if (!Json.tree(payload).isObject()) {
            throw new IllegalArgumentException(
                    "the payload of type " + spec.type() + " must be written as a JSON object");
        }
        type.payload(payload);
        Schedule schedule = spec.schedule();
        RetryPolicy retry = spec.retry();
        Duration timeout = spec.timeout();
        ScheduleColumns columns = ScheduleColumns.of(schedule, clock.instant());
        return new NewTask(
                spec.tenant(),
                spec.type(),
                spec.key(),
                spec.queue(),
                spec.priority().rank(),
                spec.concurrencyKey(),
                payload,
                columns.text(),
                retry == null ? null : PolicyJson.write(retry).toString(),
                timeout == null ? null : timeout.toMillis(),
                columns.dueAt());
    }
}
