package dev.leasehold.engine.lane;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;

/**
 * How what waits becomes more urgent: by one class for each step that it is past its due time.
 *
 * @param step zero when nothing ages
 */
record Ageing(Duration step) {

    static final Ageing NONE = new Ageing(Duration.ZERO);

    private static final List<Instant> NEVER = Collections.nCopies(LaneState.PRIORITIES, Instant.MIN);

    /**
     * What was due by these times counts as more urgent now: by as many classes as the index says. What has not aged by a
     * class is not asked about.
     */
    List<Instant> dueBy(Instant now) {
        return step.isZero()
                ? NEVER
                : List.of(
                        Instant.MIN, now.minus(step), now.minus(step.multipliedBy(2)), now.minus(step.multipliedBy(3)));
    }
}
