package dev.leasehold.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * When a task is due. Values are immutable and checked at construction: a schedule that exists can be computed.
 *
 * <p>A task is created with {@link #settled} and {@link #first}. When it is found due, {@link #late} says whether it
 * may still start. When the run has ended, {@link #next} names the next due time. All is a function of the arguments:
 * computed again, on another node, it gives the same.
 */
public sealed interface Schedule permits Once, Every, Cron, Ruled {

    /**
     * The first due time of a task that is created at {@code now}.
     *
     * @param now the database's clock at creation
     * @throws IllegalArgumentException when nothing is due from then on, since the schedule's end has passed
     */
    Instant first(Instant now);

    /**
     * The due time after a run of which only the end is known: as {@link #next(Instant, Instant, Instant)}, with all
     * times that passed taken as missed.
     *
     * @param dueAt the due time of the run that has ended
     * @param finishedAt when that run ended, by the database's clock
     */
    Optional<Instant> next(Instant dueAt, Instant finishedAt);

    /**
     * The due time after a run, or empty when the schedule is over. Times up to the run's start were missed and are
     * subject to {@link ScheduleRules.Misfire}; times from then to its end are subject to {@link
     * ScheduleRules.Overlap}. A result before {@code finishedAt} is one that waits to be run; every result is after
     * {@code dueAt}.
     *
     * @param dueAt the due time of the run that has ended; after retries still that of its first attempt
     * @param startedAt when its first attempt started
     * @param finishedAt when its last attempt ended, by the database's clock
     */
    default Optional<Instant> next(Instant dueAt, Instant startedAt, Instant finishedAt) {
        return next(dueAt, finishedAt);
    }

    /**
     * Whether a task that is found due may still be run, by {@link ScheduleRules.Misfire} and its window.
     *
     * @param dueAt its due time
     * @param now the database's clock
     */
    default Start late(Instant dueAt, Instant now) {
        return Start.Run.INSTANCE;
    }

    /**
     * When a run that is still going is to be cancelled because the next due time has come; empty unless the schedule
     * says {@link ScheduleRules.Overlap#CANCEL}. The run's {@code next} is then that time.
     */
    default Optional<Instant> cancelAt(Instant dueAt, Instant startedAt) {
        return Optional.empty();
    }

    /**
     * The schedule as a task keeps it. What was left open is fixed, so that retries, runs by hand and pauses change
     * nothing: a fixed rate without a start is counted from {@code now}, jitter without a seed gets this one.
     *
     * @param seed of the jitter: any number that differs from task to task
     */
    default Schedule settled(Instant now, long seed) {
        return this;
    }

    /** This schedule without its rules: a {@link Once}, {@link Every} or {@link Cron}. */
    default Schedule rhythm() {
        return this;
    }

    /** The rules of this schedule. */
    default ScheduleRules rules() {
        return ScheduleRules.NONE;
    }

    /**
     * The same rhythm under these rules, in place of those it had.
     *
     * @throws IllegalArgumentException when a rule makes no sense for this kind of schedule, or leaves no time at all
     */
    default Schedule with(ScheduleRules rules) {
        return rules.equals(ScheduleRules.NONE) ? this : new Ruled(this, rules);
    }

    /** What to do with a task that was found due. */
    sealed interface Start {
        /** It is run. */
        enum Run implements Start {
            INSTANCE
        }

        /**
         * It came too late and is left out.
         *
         * @param next the due time to go on with; empty: the schedule is over
         */
        record LeaveOut(Optional<Instant> next) implements Start {}
    }

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
