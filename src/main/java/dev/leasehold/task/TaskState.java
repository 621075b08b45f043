package dev.leasehold.task;

/** Where a task stands. Only {@link #ACTIVE} ones run; each of the others has a way back or is an end. */
public enum TaskState {
    /** Has a due time and will run. */
    ACTIVE,
    /** Stopped by a person; resume leads out. */
    PAUSED,
    /** Stopped by the failure rules; resume, a manual run, a probe after the cool-off, or cancel lead out. */
    NEEDS_INTERVENTION,
    /** A one-shot that has run; its row may be gone, its history answers. */
    DONE,
    /** Cancelled by a person. */
    CANCELLED
}
