package dev.leasehold.type.demo;

import dev.leasehold.task.Outcome;
import dev.leasehold.task.PayloadField;
import dev.leasehold.task.Reason;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskType;
import java.util.Map;

/** A task whose first attempts fail: shows retries with growing waits, and dead letters when they do not suffice. */
public final class DemoFail implements TaskHandler<DemoFail.Payload> {

    /** Name of the type. */
    public static final String NAME = "demo-fail";

    /**
     * How often to fail.
     *
     * @param times attempts that fail before one succeeds; 1 when absent
     */
    public record Payload(
            @PayloadField("attempts that fail; 1 when absent")
            Integer times) {

        public Payload {
            times = times == null ? 1 : times;
            if (times < 0 || times > 1000) {
                throw new IllegalArgumentException("times must be 0 to 1000, not " + times);
            }
        }
    }

    @Override
    public TaskType<Payload> type() {
        return TaskType.of(NAME, Payload.class).description("Fails some attempts, then succeeds");
    }

    @Override
    public Outcome run(Payload payload, TaskContext context) {
        if (context.attempt() <= payload.times()) {
            return Outcome.failed(
                    Reason.UNKNOWN, "failed on purpose: attempt " + context.attempt() + " of " + payload.times());
        }
        return Outcome.success(Map.of("failed_before", payload.times()));
    }
}
