package dev.leasehold.engine.upkeep;

import dev.leasehold.engine.run.TypeRegistry;
import dev.leasehold.schedule.Once;
import dev.leasehold.schedule.Schedule;
import dev.leasehold.store.Json;
import dev.leasehold.store.NewTask;
import dev.leasehold.store.PolicyJson;
import dev.leasehold.task.RetryPolicy;
import dev.leasehold.task.TaskSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

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
     * @throws IllegalArgumentException when no handler of this node is of its type, or the type refuses the payload
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
        boolean atOnce = schedule instanceof Once once && once.at().isEmpty();
        return new NewTask(
                spec.tenant(),
                spec.type(),
                spec.key(),
                spec.queue(),
                spec.priority().rank(),
                spec.concurrencyKey(),
                payload,
                atOnce ? null : PolicyJson.write(schedule).toString(),
                retry == null ? null : PolicyJson.write(retry).toString(),
                timeout == null ? null : timeout.toMillis(),
                atOnce ? null : firstDue(schedule));
    }

    private @Nullable Instant firstDue(Schedule schedule) {
        Instant now = clock.instant();
        Instant first = schedule.first(now);
        return first.isAfter(now) ? first : null;
    }
}
