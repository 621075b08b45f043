package dev.leasehold.store;

import dev.leasehold.schedule.Every;
import dev.leasehold.schedule.Once;
import dev.leasehold.schedule.Schedule;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * What a new task's row holds of its schedule, settled for good.
 *
 * @param text JSON text; null for a plain "at once"
 * @param dueAt the first due time; null for "now", which the server puts in
 */
public record ScheduleColumns(
        @Nullable String text, @Nullable Instant dueAt) {

    /** Whether {@link #of} asks for the time: not for what is due at once or at a given instant. */
    public static boolean needClock(Schedule schedule) {
        return !(schedule instanceof Once)
                && !(schedule instanceof Every every && every.mode() == Every.Mode.FIXED_DELAY);
    }

    /**
     * The columns of a schedule.
     *
     * @param now the database's clock; of no account where {@link #needClock} says so
     * @throws IllegalArgumentException when the schedule's end has passed
     */
    public static ScheduleColumns of(Schedule schedule, Instant now) {
        if (schedule instanceof Once once) {
            Instant at = once.at().orElse(null);
            return new ScheduleColumns(at == null ? null : text(schedule), at);
        }
        // Below 2^31: exact in every program that reads the JSON.
        Schedule settled = schedule.settled(now, ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE));
        if (!needClock(schedule)) {
            return new ScheduleColumns(text(settled), null);
        }
        Instant first = settled.first(now);
        return new ScheduleColumns(text(settled), first.isAfter(now) ? first : null);
    }

    private static String text(Schedule schedule) {
        return Json.write(PolicyJson.write(schedule));
    }
}
