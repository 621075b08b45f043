package dev.leasehold.engine.cycle;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** For when the timer of the next due time is set; a due time behind the next regular look needs none. */
final class DueTimer {

    private final Duration lookWithin;
    private @Nullable Instant at;

    DueTimer(Duration lookWithin) {
        this.lookWithin = lookWithin;
    }

    /** How long the timer has to wait; empty when it is to be left as it is. */
    Optional<Duration> set(@Nullable Instant due, Instant now) {
        if (due == null || due.equals(at)) {
            return Optional.empty();
        }
        Duration wait = Duration.between(now, due);
        if (wait.compareTo(lookWithin) > 0) {
            return Optional.empty();
        }
        at = due;
        return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
    }

    void rang() {
        at = null;
    }
}
