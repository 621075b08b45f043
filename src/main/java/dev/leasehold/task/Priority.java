package dev.leasehold.task;

/** How urgent a task is; the more urgent is read first. */
public enum Priority {
    CRITICAL,
    HIGH,
    NORMAL,
    LOW
}
