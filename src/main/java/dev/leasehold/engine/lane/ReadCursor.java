package dev.leasehold.engine.lane;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far a lane was read in one priority.
 *
 * <p>Two places, because a row may become visible after the reader has passed its due time: {@code at} goes on with each
 * read, so that a long backlog is not read twice; {@code settled} never comes nearer to the database's "now" than the
 * overlap, and every look that is not the continuation of another starts there.
 */
final class ReadCursor {

    /** Commits that take longer than this are found by the slow pass. */
    static final Duration OVERLAP = Duration.ofMillis(500);

    private Position at;
    private Position settled;
    private boolean wanted;
    private boolean goesOn;
    private boolean wasCut;
    private boolean reading;
    private boolean again;
    private @Nullable Position back;

    ReadCursor(Position from) {
        at = from;
        settled = from;
        wanted = true;
    }

    /** Where the next read starts. */
    Position at() {
        return at;
    }

    Position settled() {
        return settled;
    }

    /** Whether there may be something to read. */
    boolean wanted() {
        return wanted;
    }

    /** Whether the last answer ended before all that was due was read. */
    boolean goesOn() {
        return goesOn;
    }

    /** Whether the last answer ended in a backlog that is passed over. */
    boolean wasCut() {
        return wasCut;
    }

    /** The answer ended where its walk did; to be told beside it. */
    void cut(boolean cut) {
        wasCut = cut;
    }

    /** A read from {@link #at} was sent. */
    void sent() {
        reading = true;
        wanted = false;
    }

    /**
     * The read was answered.
     *
     * @param last of the rows that came or were walked over, null when none was
     * @param full as many came as were asked for, or were walked over as may be: there may be more
     * @param now the database's clock at the read
     */
    void answered(@Nullable Position last, boolean full, Instant now) {
        Position from = at;
        Position end = full && last != null ? last : Position.after(now);
        Position mayBeLate = Position.after(now.minus(OVERLAP));
        if (now.isBefore(from.dueAt())) {
            // The database's clock stepped back: what becomes due from now on lies behind the old place.
            settled = Position.min(settled, mayBeLate);
        } else if (settled.compareTo(from) >= 0) {
            settled = Position.max(settled, Position.min(end, mayBeLate));
        }
        at = end;
        wanted = full;
        goesOn = full;
        over();
    }

    /** The read failed: what was wanted is wanted still. */
    void failed() {
        wanted = true;
        over();
    }

    private void over() {
        reading = false;
        if (again) {
            again = false;
            goBack(settled);
        }
        if (back != null) {
            Position to = back;
            back = null;
            goBack(to);
        }
    }

    /** Something is due at this time, or was. */
    void wake(Instant dueAt) {
        goBack(Position.before(dueAt));
    }

    /**
     * To look again, with the overlap: behind a read that is under way from where that one has settled, since it would never
     * get far if each such wish undid it.
     */
    void lookAgain() {
        if (reading) {
            again = true;
        } else {
            goBack(settled);
        }
    }

    /** Where it was to go back to since its read was sent, null for nowhere; it does not go there by itself any more. */
    @Nullable
    Position takeBack() {
        Position to = back;
        back = null;
        return to;
    }

    /** To read again what lies behind this place. */
    void goBack(Position to) {
        if (reading) {
            back = back == null ? to : Position.min(back, to);
            return;
        }
        at = Position.min(at, to);
        settled = Position.min(settled, to);
        wanted = true;
    }
}
