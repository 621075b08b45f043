package dev.leasehold.engine.cycle;

import dev.leasehold.engine.lane.LaneBook;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the check cycle stood a moment ago.
 *
 * @param overdue a read should have been answered by now
 */
public record CycleView(
        boolean suspended,
        @Nullable Instant lastReadAt,
        boolean overdue,
        int waiting,
        int running,
        Duration interval,
        Map<String, Long> runningByType) {

    static CycleView of(
            LaneBook book, boolean suspended, @Nullable Instant lastReadAt, boolean overdue, Duration interval) {
        return new CycleView(
                suspended, lastReadAt, overdue, book.waiting(), book.running(), interval, book.runningByType());
    }

    /** Before the first look. */
    public static final CycleView NONE = new CycleView(false, null, false, 0, 0, Duration.ZERO, Map.of());
}
