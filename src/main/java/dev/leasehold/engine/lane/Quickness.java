package dev.leasehold.engine.lane;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Tells the reads that walked over next to nothing: they take little longer than the shortest of late. The way to the server
 * and back is in all of them, and may become another one. Pure.
 */
final class Quickness {

    /** What a read may take beside the way there and back. */
    static final Duration WALK = Duration.ofNanos(500_000);

    /** Reads after which what was before the last so many is forgotten. */
    static final int MEMORY = 2_000;

    private @Nullable Duration before;
    private @Nullable Duration shortest;
    private int reads;

    /** Takes in how long a read took, and judges it. */
    boolean isQuick(Duration took) {
        if (++reads > MEMORY) {
            reads = 1;
            before = shortest;
            shortest = null;
        }
        Duration least = min(shortest, took);
        shortest = least;
        return took.compareTo(min(before, least).plus(WALK)) <= 0;
    }

    private static Duration min(@Nullable Duration one, Duration other) {
        return one == null || other.compareTo(one) < 0 ? other : one;
    }
}
