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
 * @param tenantWeights by which tenants share the starts of a type; those that are not named have 1
 */
public record LaneRules(
        Set<String> pausedQueues,
        Map<LimitKey, Integer> limits,
        Map<String, StartRate> keyRates,
        Map<String, Integer> tenantWeights) {

    /** Everything may start. */
    public static final LaneRules NONE = new LaneRules(Set.of());

    public LaneRules {
        pausedQueues = Set.copyOf(pausedQueues);
        limits = Map.copyOf(limits);
        keyRates = Map.copyOf(keyRates);
        tenantWeights = Map.copyOf(tenantWeights);
    }

    /** Without limits, rates and weights. */
    public LaneRules(Set<String> pausedQueues) {
        this(pausedQueues, Map.of(), Map.of(), Map.of());
    }
}
