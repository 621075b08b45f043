package dev.leasehold.task;

import java.time.Instant;

/**
 * An event on its way to a subscriber.
 *
 * @param id the same at every delivery: for receivers that recognise repetitions
 * @param key of the task; its id where it has none
 * @param payload JSON text
 */
public record EmittedEvent(
        String id,
        String name,
        String payload,
        TaskId taskId,
        RunId runId,
        int attempt,
        String type,
        String tenant,
        String key,
        Instant emittedAt) {}
