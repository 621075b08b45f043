package dev.leasehold.admin.api;

import dev.leasehold.schedule.Schedule;
import dev.leasehold.store.Json;
import dev.leasehold.store.NewTask;
import dev.leasehold.store.PolicyJson;
import dev.leasehold.store.ScheduleColumns;
import dev.leasehold.task.Priority;
import dev.leasehold.task.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
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
        @Nullable Duration timeout,
        Set<Long> after) {

    /** Whether the first due time follows from the database's clock. */
    boolean needsClock() {
        return ScheduleColumns.needClock(schedule);
    }

    /**
     * The row of it.
     *
     * @param now the database's clock
     * @throws IllegalArgumentException when the schedule's end has passed
     */
    NewTask row(Instant now) {
        ScheduleColumns columns = ScheduleColumns.of(schedule, now);
        return new NewTask(
                tenant,
                type,
                key,
                queue,
                Priorities.rank(priority),
                concurrencyKey,
                payload,
                columns.text(),
                retry == null ? null : Json.write(PolicyJson.write(retry)),
                timeout == null ? null : timeout.toMillis(),
                columns.dueAt(),
                after,
                false);
    }
}
