package dev.leasehold.admin.api;

import dev.leasehold.schedule.Cron;
import dev.leasehold.schedule.Once;
import dev.leasehold.schedule.Schedule;
import dev.leasehold.store.Json;
import dev.leasehold.store.NewTask;
import dev.leasehold.store.PolicyJson;
import dev.leasehold.task.Priority;
import dev.leasehold.task.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A task that somebody asks for, every field checked.
 *
 * @param payload JSON text of an object that the type accepts
 */
record TaskDraft(
        String type,
        @Nullable String key,
        String tenant,
        String queue,
        Priority priority,
        @Nullable String concurrencyKey,
        String payload,
        Schedule schedule,
        @Nullable RetryPolicy retry,
        @Nullable Duration timeout) {

    /** Whether the first due time follows from the database's clock. */
    boolean needsClock() {
        return schedule instanceof Cron;
    }

    /**
     * The row of it.
     *
     * @param now the database's clock
     */
    NewTask row(Instant now) {
        return new NewTask(
                tenant,
                type,
                key,
                queue,
                Priorities.rank(priority),
                concurrencyKey,
                payload,
                scheduleText(schedule),
                retry == null ? null : Json.write(PolicyJson.write(retry)),
                timeout == null ? null : timeout.toMillis(),
                firstDue(schedule, now));
    }

    /** Null for a plain "at once". */
    static @Nullable String scheduleText(Schedule schedule) {
        boolean atOnce = schedule instanceof Once once && once.at().isEmpty();
        return atOnce ? null : Json.write(PolicyJson.write(schedule));
    }

    /** Null for "now": then the server puts its own clock in. */
    static @Nullable Instant firstDue(Schedule schedule, Instant now) {
        if (schedule instanceof Once once) {
            return once.at().orElse(null);
        }
        return schedule instanceof Cron ? schedule.first(now) : null;
    }
}
