package dev.leasehold.engine.lane;

import dev.leasehold.engine.limit.LimitKey;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Cursors that go back, one a priority, for what the main ones have passed over or what was enqueued as due long ago; each
 * is over where it meets the main one. These do not go back themselves: what sends a cursor back may come so often that it
 * never gets far, and nothing that lies before the main one may wait for that.
 */
final class Returning {

    private final @Nullable ReadCursor[] cursors = new ReadCursor[LaneState.PRIORITIES];

    /** Limits that a cursor went back for; null where there is another reason as well. */
    private final @Nullable Set<LimitKey>[] reasons = noReasons();

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static @Nullable Set<LimitKey>[] noReasons() {
        return new Set[LaneState.PRIORITIES];
    }

    /**
     * Something is to be read behind this place, before the main cursor.
     *
     * @param reason a limit that is not full any more; null for others
     * @return true when this sent a cursor back that was on its way: what lies before it would wait for longer
     */
    boolean to(int priority, Position place, @Nullable LimitKey reason) {
        ReadCursor known = cursors[priority];
        if (known == null) {
            cursors[priority] = new ReadCursor(place);
            reasons[priority] = reason == null ? null : new HashSet<>(Set.of(reason));
            return false;
        }
        Set<LimitKey> before = reasons[priority];
        if (reason == null) {
            reasons[priority] = null;
        } else if (before != null) {
            before.add(reason);
        }
        boolean onItsWay = known.goesOn() && place.compareTo(known.at()) < 0;
        known.goBack(place);
        return onItsWay;
    }

    /** The one that reads on; null for none. Where all that it went back for is full again, it waits as passed over. */
    @Nullable
    ReadCursor next(int priority, Set<LimitKey> full, PassedOver passed) {
        ReadCursor cursor = cursors[priority];
        Set<LimitKey> sought = reasons[priority];
        if (cursor != null && sought != null && full.containsAll(sought)) {
            passed.note(sought, priority, cursor.at());
            cursors[priority] = null;
            return null;
        }
        return cursor;
    }

    /** The first of where it stands and of this place. */
    Position first(int priority, Position place) {
        ReadCursor cursor = cursors[priority];
        return cursor == null ? place : Position.min(cursor.at(), place);
    }

    /** After a read: where it has met the main cursor, it is over. */
    void met(int priority, Position main) {
        ReadCursor cursor = cursors[priority];
        if (cursor != null && (!cursor.wanted() || cursor.at().compareTo(main) >= 0)) {
            cursors[priority] = null;
        }
    }
}
