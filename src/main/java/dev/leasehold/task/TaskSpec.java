package dev.leasehold.task;

import dev.leasehold.schedule.Schedule;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a new task shall be. Only the type is required.
 *
 * @param payload a value that Jackson writes as a JSON object
 * @param key what the task is about; (tenant, type, key) is unique among tasks that are not done or cancelled; null: the
 *     task's id
 * @param concurrencyKey tasks of one key run one at a time, in the whole cluster; null: no such limit
 * @param schedule when it is due
 * @param retry null: the type's
 * @param timeout null: the type's
 * @param after tasks after whose success it runs; until then it is blocked
 */
public record TaskSpec(
        String type,
        Object payload,
        @Nullable String key,
        String tenant,
        String queue,
        Priority priority,
        @Nullable String concurrencyKey,
        Schedule schedule,
        @Nullable RetryPolicy retry,
        @Nullable Duration timeout,
        Set<TaskId> after) {

    public TaskSpec {
        after = Set.copyOf(after);
    }

    /** A task of this type, due at once. */
    public static TaskSpec of(String type, Object payload) {
        return new TaskSpec(
                type, payload, null, "default", "default", Priority.NORMAL, null, Schedule.now(), null, null, Set.of());
    }

    public TaskSpec key(String value) {
        return new TaskSpec(
                type, payload, value, tenant, queue, priority, concurrencyKey, schedule, retry, timeout, after);
    }

    public TaskSpec tenant(String value) {
        return new TaskSpec(
                type, payload, key, value, queue, priority, concurrencyKey, schedule, retry, timeout, after);
    }

    public TaskSpec queue(String value) {
        return new TaskSpec(
                type, payload, key, tenant, value, priority, concurrencyKey, schedule, retry, timeout, after);
    }

    public TaskSpec priority(Priority value) {
        return new TaskSpec(type, payload, key, tenant, queue, value, concurrencyKey, schedule, retry, timeout, after);
    }

    public TaskSpec concurrencyKey(String value) {
        return new TaskSpec(type, payload, key, tenant, queue, priority, value, schedule, retry, timeout, after);
    }

    public TaskSpec schedule(Schedule value) {
        return new TaskSpec(type, payload, key, tenant, queue, priority, concurrencyKey, value, retry, timeout, after);
    }

    public TaskSpec dueAt(Instant value) {
        return schedule(Schedule.once(value));
    }

    public TaskSpec retry(RetryPolicy value) {
        return new TaskSpec(
                type, payload, key, tenant, queue, priority, concurrencyKey, schedule, value, timeout, after);
    }

    public TaskSpec timeout(Duration value) {
        return new TaskSpec(type, payload, key, tenant, queue, priority, concurrencyKey, schedule, retry, value, after);
    }

    /** Runs after the success of these, at its due time or when the last of them has succeeded. */
    public TaskSpec after(TaskId... tasks) {
        return after(List.of(tasks));
    }

    /** As {@link #after(TaskId...)}. */
    public TaskSpec after(Collection<TaskId> tasks) {
        return new TaskSpec(
                type,
                payload,
                key,
                tenant,
                queue,
                priority,
                concurrencyKey,
                schedule,
                retry,
                timeout,
                Set.copyOf(tasks));
    }
}
