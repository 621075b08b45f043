package dev.leasehold.engine.plan;

import dev.leasehold.task.Outcome;
import java.time.Instant;
import java.util.List;

/**
 * The end of an attempt, as its run knows it.
 *
 * @param startedAt by the database's clock, as well as this node can tell
 * @param alerts what the handler said about alerts, written with its result
 * @param random between 0 and 1, drawn once: it decides the jitter, so that a plan made anew is the same plan
 */
public record Ending(
        Outcome outcome,
        Instant startedAt,
        Instant finishedAt,
        List<String> log,
        List<AlertChange> alerts,
        double random) {}
