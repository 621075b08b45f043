package dev.leasehold.engine;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run under way on this node.
 *
 * @param state {@code running}, {@code restarting} after a lease was taken back, or {@code cancelling}
 * @param log its lines so far
 * @param progress 0 to 100; null when the handler says nothing
 */
public record RunningView(
        long taskId,
        int runNo,
        int attempt,
        int lane,
        String type,
        String tenant,
        Instant dueAt,
        Instant startedAt,
        String state,
        @Nullable Integer progress,
        @Nullable String message,
        List<String> log) {

    /** One that has logged nothing. */
    public RunningView(
            long taskId,
            int runNo,
            int attempt,
            int lane,
            String type,
            String tenant,
            Instant dueAt,
            Instant startedAt,
            String state,
            @Nullable Integer progress,
            @Nullable String message) {
        this(taskId, runNo, attempt, lane, type, tenant, dueAt, startedAt, state, progress, message, List.of());
    }
}
