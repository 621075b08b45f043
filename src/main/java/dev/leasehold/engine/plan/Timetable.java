package dev.leasehold.engine.plan;

import dev.leasehold.schedule.Schedule;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.StoreException;
import java.time.Instant;
import java.util.Optional;

/**
 * What a task's schedule says about a run before it starts and while it goes on. A schedule that cannot be read, because it
 * was written past the API, says nothing here: the {@link Planner} names the fault when the run ends.
 */
public final class Timetable {

    private Timetable() {}

    /** Present when the task comes too late by its misfire rule, and is to be left out. Attempts after the first go on. */
    public static Optional<Schedule.Start.LeaveOut> leftOut(DueTask task, Instant now) {
        if (task.attempt() > 1) {
            return Optional.empty();
        }
        return schedule(task)
                .map(schedule -> schedule.late(task.dueAt(), now))
                .filter(Schedule.Start.LeaveOut.class::isInstance)
                .map(Schedule.Start.LeaveOut.class::cast);
    }

    /** When the run is to be cancelled because the next due time has come; empty where the schedule does not ask for it. */
    public static Optional<Instant> cancelAt(DueTask task, Instant startedAt) {
        return schedule(task).flatMap(schedule -> schedule.cancelAt(task.firstDueAt(), startedAt));
    }

    private static Optional<Schedule> schedule(DueTask task) {
        String json = task.schedule();
        if (json == null || StoredSchedules.isPlainOnce(json)) {
            return Optional.empty();
        }
        try {
            return Optional.of(StoredSchedules.read(json));
        } catch (IllegalArgumentException | StoreException e) {
            return Optional.empty();
        }
    }
}
