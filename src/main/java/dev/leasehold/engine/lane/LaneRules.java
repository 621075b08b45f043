package dev.leasehold.engine.lane;

import dev.leasehold.engine.limit.LimitKey;
import dev.leasehold.task.StartRate;
import java.util.Map;
import java.util.Set;

/**
 * What people have laid down about which due tasks may start.
 *
 * @param pausedQueues queues of which nothing starts
 * @param limits runs at once over all nodes
 * @param keyRates how often tasks may start, by type, for each concurrency key by itself
 */
public record LaneRules(Set<String> pausedQueues, Map<LimitKey, Integer> limits, Map<String, StartRate> keyRates) {

    /** Everything may start. */
    public static final LaneRules NONE = new LaneRules(Set.of());

    public LaneRules {
        pausedQueues = Set.copyOf(pausedQueues);
        limits = Map.copyOf(limits);
        keyRates = Map.copyOf(keyRates);
    }

    /** Without limits and rates. */
    public LaneRules(Set<String> pausedQueues) {
        this(pausedQueues, Map.of(), Map.of());
    }
}
