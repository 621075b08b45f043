package dev.leasehold.engine.lane;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;

/** A place in a lane's order of (due time, id). */
public record Position(Instant dueAt, long id) implements Comparable<Position> {

    /** Before every task: nobody keeps a row from being due before the epoch, and the database counts from 4713 BC. */
    public static final Position START = new Position(Instant.parse("-4000-01-01T00:00:00Z"), 0);

    private static final Comparator<Position> ORDER =
            Comparator.comparing(Position::dueAt).thenComparingLong(Position::id);

    /** Just before everything that is due at an instant; the database counts in microseconds. */
    static Position before(Instant due) {
        return new Position(due.minus(1, ChronoUnit.MICROS), Long.MAX_VALUE);
    }

    /** Just after everything that is due at an instant. */
    static Position after(Instant due) {
        return new Position(due, Long.MAX_VALUE);
    }

    static Position min(Position a, Position b) {
        return a.compareTo(b) <= 0 ? a : b;
    }

    static Position max(Position a, Position b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    @Override
    public int compareTo(Position other) {
        return ORDER.compare(this, other);
    }
}
