package dev.leasehold.engine.cycle;

import dev.leasehold.store.LaneFence;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Goes round the lanes and names the next one to be looked at from its beginning. A round stays a round when lanes come and
 * go: it is the guarantee that nothing due is overlooked. Pure.
 */
final class SlowPass {

    private final Duration round;
    private int lanes;
    private int next;

    SlowPass(Duration round) {
        this.round = round;
    }

    /** The time between two looks, when it is another one than before. */
    Optional<Duration> pace(int owned) {
        if (owned == lanes || owned == 0) {
            return Optional.empty();
        }
        lanes = owned;
        return Optional.of(round.dividedBy(owned));
    }

    Optional<LaneFence> next(Collection<LaneFence> owned) {
        List<LaneFence> all = List.copyOf(owned);
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(next++ % all.size()));
    }
}
