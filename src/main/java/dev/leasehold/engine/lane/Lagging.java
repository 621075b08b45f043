package dev.leasehold.engine.lane;

import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Cursors of types without which the others went on, one a type and priority: each comes to what was left to it, and is over
 * where it meets the main one.
 */
final class Lagging {

    private final Map<String, @Nullable ReadCursor[]> cursors = new TreeMap<>();

    /** A cursor goes on from this place without this type: its own one begins there, or before. */
    void leaveBehind(String type, int priority, Position at) {
        @Nullable ReadCursor[] ofType = cursors.computeIfAbsent(type, t -> new ReadCursor[LaneState.PRIORITIES]);
        ReadCursor known = ofType[priority];
        if (known == null) {
            ofType[priority] = new ReadCursor(at);
        } else {
            known.goBack(at);
        }
    }

    /** Types that have cursors of their own. */
    Collection<String> types() {
        return cursors.keySet();
    }

    /** The cursor of a type that was left behind; null where it was not. */
    @Nullable
    ReadCursor of(String type, int priority) {
        @Nullable ReadCursor[] ofType = cursors.get(type);
        return ofType == null ? null : ofType[priority];
    }

    /** Types whose own cursors come to what lies behind this place: others may leave it to them. */
    Set<String> leftAt(int priority, Position at) {
        Set<String> types = new HashSet<>();
        for (String type : cursors.keySet()) {
            ReadCursor cursor = of(type, priority);
            if (cursor != null && cursor.at().compareTo(at) <= 0) {
                types.add(type);
            }
        }
        return types;
    }

    /** The first of the places where the cursors of these types stand, and of this one. */
    Position first(int priority, Collection<String> types, Position place) {
        Position first = place;
        for (String type : types) {
            ReadCursor cursor = of(type, priority);
            first = cursor == null ? first : Position.min(first, cursor.at());
        }
        return first;
    }

    /** Something is due at this time, or was. */
    void wake(int priority, Instant dueAt) {
        for (String type : cursors.keySet()) {
            ReadCursor cursor = of(type, priority);
            if (cursor != null) {
                cursor.wake(dueAt);
            }
        }
    }

    /** After a read of this type: where its cursor has met the main one, that has its rows too from here on. */
    void met(String type, int priority, Position main) {
        @Nullable ReadCursor[] ofType = cursors.get(type);
        ReadCursor cursor = of(type, priority);
        if (ofType == null || cursor == null || (cursor.wanted() && cursor.at().compareTo(main) < 0)) {
            return;
        }
        ofType[priority] = null;
        for (ReadCursor each : ofType) {
            if (each != null) {
                return;
            }
        }
        cursors.remove(type);
    }
}
