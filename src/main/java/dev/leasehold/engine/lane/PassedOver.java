package dev.leasehold.engine.lane;

import dev.leasehold.engine.limit.LimitKey;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * From where on a lane's cursors have passed over the tasks of limits of which enough wait in memory. When more of them may
 * be read, a cursor goes back there: what is in flight or done is not taken twice.
 */
final class PassedOver {

    private final Map<LimitKey, @Nullable Position[]> from = new HashMap<>();

    /** A cursor at this place is about to pass over the tasks of these limits. */
    void note(Set<LimitKey> full, int priority, Position at) {
        for (LimitKey key : full) {
            @Nullable Position[] places = from.computeIfAbsent(key, first -> new Position[LaneState.PRIORITIES]);
            Position known = places[priority];
            places[priority] = known == null ? at : Position.min(known, at);
        }
    }

    /** From where on the tasks of a limit were passed over; null where they were not. */
    @Nullable
    Position from(LimitKey limit, int priority) {
        @Nullable Position[] places = from.get(limit);
        return places == null ? null : places[priority];
    }

    /** Goes back for limits that are not full any more. */
    void comeBack(LaneState lane, Set<LimitKey> full) {
        if (from.isEmpty()) {
            return;
        }
        from.entrySet().removeIf(entry -> {
            if (full.contains(entry.getKey())) {
                return false;
            }
            for (int priority = 0; priority < LaneState.PRIORITIES; priority++) {
                Position place = entry.getValue()[priority];
                if (place != null) {
                    lane.comeBack(priority, place, entry.getKey());
                }
            }
            return true;
        });
    }
}
