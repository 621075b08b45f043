package dev.leasehold.type.demo;

import dev.leasehold.task.Outcome;
import dev.leasehold.task.PayloadField;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskType;
import java.time.Duration;
import java.util.Map;

/** A task that takes a while: the shape of work that waits for somebody else, and holds no connection meanwhile. */
public final class DemoSleep implements TaskHandler<DemoSleep.Payload> {

    /** Name of the type. */
    public static final String NAME = "demo-sleep";

    /**
     * How long to sleep.
     *
     * @param millis how long; 1000 when absent
     */
    public record Payload(
            @PayloadField("how long; 1000 when absent") Long millis) {

        public Payload {
            millis = millis == null ? 1000L : millis;
            if (millis < 0 || millis > 3_600_000) {
                throw new IllegalArgumentException("millis must be 0 to 3600000, not " + millis);
            }
        }
    }

    @Override
    public TaskType<Payload> type() {
        return TaskType.of(NAME, Payload.class)
                .description("Sleeps, holding no connection")
                .timeout(Duration.ofMinutes(65))
                .concurrency(10_000);
    }

    @Override
    public Outcome run(Payload payload, TaskContext context) throws InterruptedException {
        Thread.sleep(payload.millis());
        return Outcome.success(Map.of("slept_millis", payload.millis()));
    }
}
