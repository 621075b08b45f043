package dev.leasehold.engine.lane;

import java.util.Set;

/**
 * What people have laid down about which due tasks may start.
 *
 * @param pausedQueues queues of which nothing starts
 */
public record LaneRules(Set<String> pausedQueues) {

    /** Everything may start. */
    public static final LaneRules NONE = new LaneRules(Set.of());

    public LaneRules {
        pausedQueues = Set.copyOf(pausedQueues);
    }
}
