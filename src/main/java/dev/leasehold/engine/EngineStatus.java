package dev.leasehold.engine;

import dev.leasehold.engine.run.HandlerThreads;
import dev.leasehold.store.LaneFence;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the engine of this node stands.
 *
 * @param incarnation this life of this node
 * @param lanes how many there are in all; 0 until the database was reached
 * @param owned those that this node owns
 * @param standby the others have living owners: nothing is wrong, and nothing is started here
 * @param suspended no statement was confirmed for some seconds, so no run is started
 * @param lastReadAt when the last check of the lanes was answered; null before the first
 * @param overdue the next check should have been answered by now
 * @param waiting due tasks that were read and wait for a slot
 * @param running runs that hold a slot
 * @param daysAhead days from today for which there is room for history in every table; null until the first look
 * @param zombies threads of runs that ended without them: interrupted, and still inside their handler
 */
public record EngineStatus(
        String incarnation,
        int lanes,
        List<LaneFence> owned,
        boolean standby,
        boolean suspended,
        @Nullable Instant lastReadAt,
        boolean overdue,
        int waiting,
        int running,
        @Nullable Integer daysAhead,
        int zombies) {

    /** A flush that meets a day without partition makes it; below this many days ahead that is all there is left. */
    public static final int DAYS_AHEAD_MIN = 2;

    /** True when the days that results are written to come to their end, because upkeep fails. */
    public boolean shortOfDays() {
        return daysAhead != null && daysAhead < DAYS_AHEAD_MIN;
    }

    /** True when more threads stay inside handlers than have a substitute: those that are left may do so too. */
    public boolean shortOfThreads() {
        return zombies > HandlerThreads.ZOMBIES_MAX;
    }

    /** True when the node does what is asked of it: it owns lanes, or need not. */
    public boolean healthy() {
        return (!owned.isEmpty() || standby) && !overdue && !suspended && !shortOfDays() && !shortOfThreads();
    }
}
