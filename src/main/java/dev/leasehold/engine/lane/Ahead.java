package dev.leasehold.engine.lane;

import org.jspecify.annotations.Nullable;

/** How far a lane was looked at ahead of its cursors, by priority. */
final class Ahead {

    private final @Nullable Position[] fresh = new Position[LaneState.PRIORITIES];
    private final @Nullable Position[] round = new Position[LaneState.PRIORITIES];

    /** Something became due here, while the cursor stood there. */
    void due(int priority, Position at, Position cursor) {
        Position known = fresh[priority];
        fresh[priority] = known == null || known.compareTo(cursor) < 0 ? at : Position.min(known, at);
    }

    /** Whether something became due where the cursor stands or behind it, and was not walked over since. */
    boolean isFresh(int priority, Position cursor) {
        Position at = fresh[priority];
        return at != null && at.compareTo(cursor) >= 0;
    }

    Position fresh(int priority, Position cursor) {
        Position at = fresh[priority];
        fresh[priority] = null; // what becomes due while the look is under way begins anew
        return at == null ? cursor : Position.max(at, cursor);
    }

    /** @param on null when all was walked over */
    void freshWalked(int priority, @Nullable Position on, Position cursor) {
        if (on != null) {
            due(priority, on, cursor);
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
