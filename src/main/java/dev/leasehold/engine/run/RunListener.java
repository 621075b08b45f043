package dev.leasehold.engine.run;

import dev.leasehold.engine.flush.Settled;
import dev.leasehold.engine.lane.Ready;
import dev.leasehold.store.LaneFence;

/** Who hears of runs, beside the flush. Called from any thread; must not block. */
public interface RunListener {

    /** A run is over and its end was written together with its work. */
    void settled(Settled settled);

    /** A run is over and nothing is written of it: its task stays due for the lane's owner. */
    void abandoned(Ready run);

    /** A run is over, but its thread is still inside the handler. */
    void strayed(long task);

    /** Such a thread has left. */
    void left(long task);

    /** The database does not know this ownership any more. */
    void lost(LaneFence fence);

    /** Events were committed together with the work of a run. */
    default void emitted() {}

    /** The end of a run was committed together with its work, and others wait for it. */
    default void endedNeeds() {}

    /** A run starts again because a lease was taken back. */
    void restarted(String type);
}
