package dev.leasehold.engine.lane;

import dev.leasehold.engine.lane.ReadPlan.Piece;
import dev.leasehold.engine.limit.LimitKey;
import dev.leasehold.store.DueTask;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the slow pass looks at next. The cursors go on without types and limits of whose tasks enough wait; the slow pass leaves
 * those out only from where a cursor has left them behind, which comes back there. Before that place a row of theirs that nobody
 * knows has become visible late, and nothing else would find it as long as enough others wait. The places are those of the
 * round's beginning: it would never end if it followed cursors that move on.
 */
final class SlowPieces {

    private static final int LIMIT = 200;

    /** Types and limits in one round that are not left out, and that pieces may end for. With more, they take turns. */
    private static final int ENDS_MAX = 16;

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
        Position frontier = slow.frontier(
                lane.returning().first(priority, lane.main(priority).at()));
        if (at.compareTo(frontier) >= 0) {
            leaves.addAll(held); // the cursors come to what lies here, or leave it behind
            return new Piece(lane, priority, null, null, at, end, leaves, reads, LIMIT, 0);
        }
        int groups = (held.size() + full.size() + ENDS_MAX - 1) / ENDS_MAX;
        for (String type : held) {
            ReadCursor lagging = lane.lagging().of(type, priority);
            LimitKey key = new LimitKey(LimitKey.Kind.TYPE, type);
            Position left = slow.left(key, lagging == null ? frontier : lagging.at());
            if (left.compareTo(at) <= 0 || !slow.isTurnOf(key, groups)) {
                leaves.add(type);
            } else {
                reads.add(key);
                end = earlier(end, left);
            }
        }
        for (LimitKey limit : full) {
            if (limit.kind() == LimitKey.Kind.TYPE) {
                continue; // such a type is held
            }
            Position passed = lane.passed().from(limit, priority);
            Position left = slow.left(limit, passed == null ? frontier : passed);
            if (left.compareTo(at) > 0 && slow.isTurnOf(limit, groups)) {
                reads.add(limit);
                end = earlier(end, left);
            }
        }
        return new Piece(lane, priority, null, null, at, end, leaves, reads, LIMIT, 0);
    }

    /**
     * A piece was answered. Of types and limits of which it brought many that nobody knew, the cursors read what lies behind it, as
     * there is room.
     *
     * @param unknown rows that it brought and that were not known
     * @param end of what it has read
     */
    static void handOver(Piece piece, List<DueTask> unknown, @Nullable Position end) {
        LaneState lane = piece.lane();
        SlowRound slow = lane.slow(piece.priority());
        for (LimitKey key : piece.reads()) {
            long late = unknown.stream().filter(key::isAbout).count();
            if (late == 0 || !slow.areManyLate(key, late) || end == null) {
                continue;
            }
            if (key.kind() == LimitKey.Kind.TYPE) {
                lane.lagging().leaveBehind(key.name(), piece.priority(), end);
            } else {
                lane.passed().note(Set.of(key), piece.priority(), end);
            }
        }
    }

    private static Position earlier(@Nullable Position one, Position other) {
        return one == null ? other : Position.min(one, other);
    }
}
