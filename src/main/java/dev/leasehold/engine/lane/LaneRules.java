package dev.leasehold.engine.lane;

import dev.leasehold.engine.limit.LimitKey;
import java.util.Map;
import java.util.Set;

/**
 * What people have laid down about which due tasks may start.
 *
 * @param pausedQueues queues of which nothing starts
 * @param limits runs at once over all nodes
 */
public record LaneRules(Set<String> pausedQueues, Map<LimitKey, Integer> limits) {

    /** Everything may start. */
    public static final LaneRules NONE = new LaneRules(Set.of());

    public LaneRules {
        pausedQueues = Set.copyOf(pausedQueues);
        limits = Map.copyOf(limits);
    }

    /** Without limits. */
    public LaneRules(Set<String> pausedQueues) {
        this(pausedQueues, Map.of());
    }
}
