package dev.leasehold.engine.lane;

import dev.leasehold.engine.lane.ReadPlan.Piece;
import dev.leasehold.engine.limit.LimitKey;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the slow pass looks at next. The cursors go on without types and limits of whose tasks enough wait; the slow pass leaves
 * those out only from where a cursor has left them behind, which comes back there. Before that place a row of theirs that nobody
 * knows has become visible late, and nothing else would find it as long as enough others wait.
 */
final class SlowPieces {

    private static final int LIMIT = 200;

    private SlowPieces() {}

    /**
     * The piece of this priority that is wanted; null where none is.
     *
     * @param held types without which the cursors go on
     * @param full limits whose tasks the cursors pass over
     */
    static @Nullable Piece next(LaneState lane, int priority, Set<String> held, Set<LimitKey> full) {
        SlowRound slow = lane.slow(priority);
        if (!slow.takeWanted()) {
            return null;
        }
        Position at = slow.at();
        Position end = slow.until();
        Set<String> leaves = lane.lagging().leftAt(priority, at);
        Set<LimitKey> reads = new HashSet<>();
        Position frontier = lane.returning().first(priority, lane.main(priority).at());
        if (at.compareTo(frontier) >= 0) {
            leaves.addAll(held); // the cursors come to what lies here, or leave it behind
        } else {
            for (String type : held) {
                if (!leaves.contains(type)) {
                    ReadCursor lagging = lane.lagging().of(type, priority);
                    end = earlier(end, lagging == null ? frontier : lagging.at());
                }
            }
            for (LimitKey limit : full) {
                Position passed = lane.passed().from(limit, priority);
                if (limit.kind() != LimitKey.Kind.TYPE && (passed == null || passed.compareTo(at) > 0)) {
                    reads.add(limit);
                    end = earlier(end, passed == null ? frontier : passed);
                }
            }
        }
        return new Piece(lane, priority, null, null, at, end, leaves, reads, LIMIT, 0);
    }

    private static Position earlier(@Nullable Position one, Position other) {
        return one == null ? other : Position.min(one, other);
    }
}
