package dev.leasehold.engine.lane;

import org.jspecify.annotations.Nullable;

/** How far a lane was looked at ahead of its cursors, by priority. */
final class Ahead {

    private final @Nullable Position[] first = new Position[LaneState.PRIORITIES];
    private final @Nullable Position[] last = new Position[LaneState.PRIORITIES];
    private final @Nullable Position[] round = new Position[LaneState.PRIORITIES];

    /** Something became due here, while the cursor stood there. */
    void due(int priority, Position at, Position cursor) {
        Position behind = last[priority];
        if (behind != null && behind.compareTo(cursor) < 0) {
            first[priority] = null; // it has passed all that was new before
            last[priority] = null;
        }
        due(priority, at);
    }

    private void due(int priority, Position at) {
        Position before = first[priority];
        Position behind = last[priority];
        first[priority] = before == null ? at : Position.min(before, at);
        last[priority] = behind == null ? at : Position.max(behind, at);
    }

    /** Whether something became due where the cursor stands or behind it, and was not walked over since. */
    boolean isFresh(int priority, Position cursor) {
        Position at = last[priority];
        return at != null && at.compareTo(cursor) >= 0;
    }

    /** Where to walk for it: {@link #freshWalked} follows. */
    Position fresh(int priority, Position cursor) {
        Position at = first[priority];
        first[priority] = null; // what becomes due while the look is under way begins anew
        return at == null ? cursor : Position.max(at, cursor);
    }

    /** @param on where the walk ended, or began if it failed; null when all was walked over */
    void freshWalked(int priority, @Nullable Position on) {
        if (on != null) {
            due(priority, on);
        } else if (first[priority] == null) {
            last[priority] = null;
        }
    }

    /** Where the round goes on. */
    Position round(int priority, Position cursor) {
        Position at = round[priority];
        return at == null ? cursor : Position.max(at, cursor);
    }

    /** @param on null when the round is over */
    void roundWalked(int priority, @Nullable Position on) {
        round[priority] = on;
    }
}
