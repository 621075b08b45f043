package dev.leasehold.engine.lane;

import dev.leasehold.store.LaneFence;
import dev.leasehold.store.Lanes;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who hears of lanes won and lost. Called from the lanes' actor and the control thread; must not block. */
public interface LaneListener {

    /** The node owns a lane; its COMMIT is known. */
    void owned(LaneFence fence, @Nullable Instant cautiousUntil);

    /** The node does not own it any more: its runs are to be cancelled. */
    void lost(LaneFence fence);

    /** A statement that was sent at this time confirmed the ownership. */
    void confirmed(long sentNanos);

    /** A look at all lanes; those that this node lost by it are told as lost before. */
    void seen(List<Lanes.Lane> lanes);

    /** Every lane is owned, or has a living owner elsewhere. */
    void settled(int lanes, boolean standby);

    /** Something was enqueued in a lane. */
    void notified(int lane);
}
