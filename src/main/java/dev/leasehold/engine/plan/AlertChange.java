package dev.leasehold.engine.plan;

import dev.leasehold.task.TaskContext.Severity;
import org.jspecify.annotations.Nullable;

/**
 * An alert that a handler raised or cleared.
 *
 * @param severity null: cleared
 */
public record AlertChange(String name, @Nullable Severity severity, String message) {}
