package dev.leasehold.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** When a task is due. Values are immutable and checked at construction: a schedule that exists can be computed. */
public sealed interface Schedule permits Once, Every, Cron {

    /**
     * The first due time of a task that is created at {@code now}.
     *
     * @param now the database's clock at creation
     */
    Instant first(Instant now);

    /**
     * The due time after a run, or empty when the schedule is over. Due times that passed while nobody ran are
     * skipped: the result is never before {@code finishedAt} by more than the run itself took.
     *
     * @param dueAt the due time of the run that has ended
     * @param finishedAt when that run ended, by the database's clock
     */
    Optional<Instant> next(Instant dueAt, Instant finishedAt);

    /** A schedule for one run at once. */
    static Schedule now() {
        return new Once(Optional.empty());
    }

    /** A schedule for one run at an instant; one in the past is due at once. */
    static Schedule once(Instant at) {
        return new Once(Optional.of(at));
    }

    /** A schedule that waits {@code interval} after the end of each run. */
    static Schedule fixedDelay(Duration interval) {
        return new Every(interval, Every.Mode.FIXED_DELAY);
    }

    /** A schedule that keeps to multiples of {@code interval} since its first due time. */
    static Schedule fixedRate(Duration interval) {
        return new Every(interval, Every.Mode.FIXED_RATE);
    }
}
