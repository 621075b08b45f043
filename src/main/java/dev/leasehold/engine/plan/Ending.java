package dev.leasehold.engine.plan;

import dev.leasehold.task.Outcome;
import java.time.Instant;
import java.util.List;

/**
 * The end of an attempt, as its run knows it.
 *
 * @param startedAt by the database's clock, as well as this node can tell
 * @param said what the handler said beside its outcome, written with it
 * @param random between 0 and 1, drawn once: it decides the jitter, so that a plan made anew is the same plan
 */
public record Ending(Outcome outcome, Instant startedAt, Instant finishedAt, Said said, double random) {

    /** One of which nothing else was said. */
    public Ending(
            Outcome outcome,
            Instant startedAt,
            Instant finishedAt,
            List<String> log,
            List<AlertChange> alerts,
            double random) {
        this(outcome, startedAt, finishedAt, new Said(log, alerts, List.of(), null), random);
    }

    /** Whether the work counts as done: only then its events go out. */
    public boolean isDone() {
        return outcome.kind() != Outcome.Kind.FAILED && outcome.kind() != Outcome.Kind.CANCELLED;
    }
}
