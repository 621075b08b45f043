package dev.leasehold.type.monitoring;

import dev.leasehold.task.PayloadField;

/**
 * What to check.
 *
 * @param check an HTTP check has a {@code url}, an SQL check a {@code query}
 */
public record Monitoring(
        @PayloadField(value = "url, or query with operator and threshold", required = true)
        Check check) {

    public Monitoring {
        if (check == null) {
            throw new IllegalArgumentException("check is required");
        }
    }
}
