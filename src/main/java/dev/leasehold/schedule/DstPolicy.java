package dev.leasehold.schedule;

/**
 * What a cron expression does when the clock of its zone is changed, in summer and winter or by law.
 *
 * @param gap for local times that the clock leaves out
 * @param overlap for local times that the clock shows twice
 */
public record DstPolicy(Gap gap, Overlap overlap) {

    /** For an expression with chosen hours, whose runs are meant for a time of day: each day's run happens, and once. */
    public static final DstPolicy TIME_OF_DAY = new DstPolicy(Gap.FIRST_AFTER, Overlap.ONCE);

    /** For an expression that comes true in every hour, whose runs are meant as a rhythm: it goes on in real time. */
    public static final DstPolicy RHYTHM = new DstPolicy(Gap.SKIP, Overlap.TWICE);

    /** What becomes of a local time that the clock leaves out. */
    public enum Gap {
        /** It is due at the first instant after the gap; several that fall in one gap are due there together, once. */
        FIRST_AFTER,
        /** It is not due. */
        SKIP
    }

    /** How often a local time is due that the clock shows twice. */
    public enum Overlap {
        /** At its first showing only. */
        ONCE,
        /** At both. */
        TWICE
    }
}
