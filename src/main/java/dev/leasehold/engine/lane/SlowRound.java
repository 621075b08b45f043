package dev.leasehold.engine.lane;

import dev.leasehold.engine.limit.LimitKey;
import java.time.Instant;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The way of the slow pass through one priority of a lane, from its beginning to the cursor, round after round. Pure.
 *
 * <p>While somebody holds a transaction open, what was worked off stays in the index, and a walk over all of it at
 * once would keep every other read of the node waiting. So the owner sets a mark each time that it has read so many
 * rows, and a piece of the round goes from one mark to the next, or ends before it; the last one has no end. A mark goes
 * when the piece before it turns out to be quick, as it is when what lay there was cleaned up; of two that are neighbours only one in
 * a round, so that what they make together is measured before it grows.
 */
final class SlowRound {

    /** Rows between two marks: the walk over so many that are dead takes about a millisecond. */
    static final int ROWS = 500;

    /** Beyond these each second one goes: a round must not take more reads than there is time for. */
    static final int MARKS_MAX = 32;

    /** Rows of one type or limit that nobody knew, in one round, beyond which they are many. */
    private static final int LATE_MAX = 100;

    /** Looks in one round beyond which the pace stays as it is. */
    static final int PIECES_MAX = 2 * MARKS_MAX;

    private static final int MARKS_OF_A_BACKLOG = 4;

    private final int rowsAtFirst;
    private final TreeSet<Position> marks = new TreeSet<>();
    private int rows;
    private int since;

    private Position at = Position.START;
    private boolean goesOn;
    private boolean wanted;
    private boolean hurried;
    private boolean another;
    private boolean reading;
    private boolean lastMarkWent;

    private final Map<LimitKey, Position> left = new HashMap<>();
    private final Map<LimitKey, Long> late = new HashMap<>();
    private int rounds;
    private @Nullable Position frontier;
    private boolean beganWithin;

    private int looks;
    private int looksOfLast;
    private int credit;

    /** @param rows between two marks, at first */
    SlowRound(int rows) {
        this.rowsAtFirst = rows;
        this.rows = rows;
    }

    /** A row was read that was not known, in whichever way. */
    void read(Instant dueAt, long id) {
        since++;
        if (since < rows) {
            return;
        }
        since = 0;
        marks.add(new Position(dueAt, id));
        if (marks.size() > MARKS_MAX) {
            thinOut();
            rows *= 2;
        }
    }

    /** The first and the last one stay. */
    private void thinOut() {
        boolean goes = false;
        for (Iterator<Position> each = marks.iterator(); each.hasNext(); goes = !goes) {
            each.next();
            if (goes) {
                each.remove();
            }
        }
    }

    /** Looks that a round takes, as far as can be known: a piece that is full takes more than one. */
    int pieces() {
        return Math.min(PIECES_MAX, Math.max(marks.size() + 1, Math.max(looks + 1, looksOfLast)));
    }

    /**
     * A turn of the lane. The next piece is wanted with the next read, if this priority has one for this turn; where the
     * one before still waits to be read, the rest of the round is made up for at once.
     *
     * @param turns of the lane in the time of a round; not fewer than {@link #pieces}
     */
    void turn(int turns) {
        credit += pieces();
        if (credit < turns) {
            return;
        }
        credit = Math.min(credit - turns, turns);
        hurried |= wanted;
        wanted = true;
    }

    /** Something may lie anywhere behind the cursor: all pieces, one with each read, until all of it was looked at. */
    void wantRound() {
        another |= reading || !at.equals(Position.START); // what a read has seen that is under way is older
        hurried = true;
        wanted = true;
    }

    /** True when a piece is wanted, which is read now: {@link #answered} or {@link #failed} follows. */
    boolean takeWanted() {
        boolean was = wanted;
        reading |= was;
        wanted = false;
        return was;
    }

    /** The piece was not read. */
    void failed() {
        reading = false;
        wanted = true;
    }

    /** Where the next piece begins. */
    Position at() {
        return at;
    }

    /**
     * The mark up to which the next piece goes; null where there is none. In the midst of what waits there the walk is
     * bounded by what it finds, and would be cut short by the marks of what was read between.
     */
    @Nullable
    Position until() {
        Position end = marks.higher(at);
        for (int more = 1; goesOn && end != null && more < MARKS_OF_A_BACKLOG; more++) {
            end = marks.higher(end);
        }
        return end;
    }

    /**
     * From where on the cursors come to the tasks of a type or limit, for this round: as it was when it asked first, or before.
     */
    Position left(LimitKey what, Position now) {
        return left.merge(what, now, Position::min);
    }

    /** Whether this is the round of a type or limit, where they go in so many groups. */
    boolean isTurnOf(LimitKey what, int groups) {
        return groups <= 1 || Math.floorMod(what.hashCode() + rounds, groups) == 0;
    }

    /** Counts rows of a type or limit that nobody knew; true when they are many by now. */
    boolean areManyLate(LimitKey what, long rows) {
        return late.merge(what, rows, Long::sum) > LATE_MAX;
    }

    /** Up to where the cursors for all types have come, for this round: as it was when it asked first, or before. */
    Position frontier(Position now) {
        frontier = frontier == null ? now : Position.min(frontier, now);
        return frontier;
    }

    /** Whether the last piece ended before it was through. */
    boolean goesOn() {
        return goesOn;
    }

    /**
     * A piece was answered. The round does not go on beyond the cursor: a backlog before it would keep the pass from
     * what lies behind.
     *
     * @param until where it was to end, at a mark or before one; null for nowhere
     * @param last of the rows that came or were walked over, null when none was
     * @param full there may be more of it behind this one
     * @param news it was cut, or there is something behind the cursor that nobody knows: on with it at once
     * @param quick it is known that the read took no longer than one that walks over next to nothing
     */
    void answered(
            @Nullable Position until,
            @Nullable Position last,
            boolean full,
            boolean news,
            boolean quick,
            Position cursor) {
        reading = false;
        goesOn = full && last != null && last.compareTo(cursor) < 0;
        if (!full && until != null) {
            judge(until, quick);
        }
        if (goesOn && last != null) {
            goTo(last, news || hurried);
            looks += news ? 0 : 1;
        } else if (!full && until != null && until.compareTo(cursor) < 0) {
            goTo(until, hurried);
            looks++;
        } else {
            end();
        }
    }

    private void judge(Position mark, boolean quick) {
        boolean isPart = beganWithin;
        beganWithin = !marks.contains(mark);
        if (isPart || beganWithin) {
            return;
        }
        lastMarkWent = quick && !lastMarkWent;
        if (lastMarkWent) {
            marks.remove(mark);
            rows = marks.size() < MARKS_MAX / 4 ? Math.max(rowsAtFirst, rows / 2) : rows;
        }
    }

    private void goTo(Position place, boolean atOnce) {
        at = place;
        wanted |= atOnce;
    }

    private void end() {
        at = Position.START;
        left.clear();
        late.clear();
        rounds++;
        frontier = null;
        beganWithin = false;
        wanted |= another;
        hurried = another;
        another = false;
        lastMarkWent = false;
        looksOfLast = looks + 1;
        looks = 0;
    }
}
