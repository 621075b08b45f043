package dev.leasehold.engine.cycle;

import dev.leasehold.store.LaneFence;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Goes round the lanes and names the next one to be looked at, a piece of it at a time. A round stays a round when lanes come and
 * go: it is the guarantee that nothing due is overlooked. Pure.
 */
final class SlowPass {

    private final Duration round;
    private int next;
    private @Nullable Duration set;

    SlowPass(Duration round) {
        this.round = round;
    }

    /**
     * The time until the next look, where a timer is to be set for it: there is none, or it was set for a longer time. One that
     * was set for a shorter time rings as it is: begun anew with each change, it might never ring.
     *
     * @param owned lanes
     * @param pieces looks that a lane takes at most
     */
    Optional<Duration> timer(int owned, int pieces) {
        if (owned == 0) {
            return Optional.empty();
        }
        Duration pace = round.dividedBy((long) owned * pieces);
        if (set != null && set.compareTo(pace) <= 0) {
            return Optional.empty();
        }
        set = pace;
        return Optional.of(pace);
    }

    /** The timer has rung: the lane to be looked at; none where none is owned. */
    Optional<LaneFence> next(Collection<LaneFence> owned) {
        set = null;
        List<LaneFence> all = List.copyOf(owned);
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(Math.floorMod(next++, all.size())));
    }
}
