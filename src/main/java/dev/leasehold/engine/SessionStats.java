package dev.leasehold.engine;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What this node did since its start. The totals over all nodes and restarts are in {@link dev.leasehold.store.Stats}.
 *
 * @param checkCycles recorded ones
 * @param found runs started
 * @param executed, failed, skipped final attempts by outcome
 * @param retried attempts that were followed by another
 * @param fenced results that were refused because the lane had another owner
 * @param idleInterval what it is now, in milliseconds
 */
public record SessionStats(
        Instant startedAt,
        long checkCycles,
        long found,
        long executed,
        long failed,
        long skipped,
        long cancelled,
        long retried,
        long fenced,
        long idleInterval,
        @Nullable Instant lastCycleAt,
        Map<String, Long> runningByType) {}
