package dev.leasehold.schedule;

import java.time.Instant;
import java.util.Optional;

/** One run: at an instant, or at once when none is given. */
public record Once(Optional<Instant> at) implements Schedule {

    @Override
    public Instant first(Instant now) {
        return at.orElse(now);
    }

    @Override
    public Optional<Instant> next(Instant dueAt, Instant finishedAt) {
        return Optional.empty();
    }
}
