package dev.leasehold.engine.lane;

import dev.leasehold.engine.lane.ReadPlan.Piece;
import dev.leasehold.engine.limit.LimitKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which ranges of a lane the next read takes, and how much of each. */
final class Pieces {

    private static final int LIMIT_MIN = 8;
    private static final int LIMIT_MAX = 500;

    /**
     * Rows that the pieces of one read walk over at most that are on their way through a backlog which they pass over; and as
     * many the others, which mostly find what they ask for before. Save that no piece walks over fewer than it asks for.
     * Some ten milliseconds: what a backlog that is passed over costs the others that wait for the read.
     */
    static final int WALK_MAX = 8_000;

    /**
     * The same where the read also brings tasks of a type that has its own cursor: its slots run empty while they wait for a
     * walk over rows that nobody may start, on pages that are often not in memory.
     */
    static final int WALK_BESIDE = 2_000;

    private Pieces() {}

    /**
     * Adds the pieces that the cursors of a lane want.
     *
     * @param types of which more may be read now, and the others
     * @param full limits of whose tasks enough wait: the cursors pass over them
     */
    static void of(LaneState lane, TypesToRead types, Set<LimitKey> full, List<Piece> pieces) {
        List<Set<String>> readable = types.readable();
        Set<String> held = types.held();
        for (int priority = 0; priority < readable.size(); priority++) {
            ReadCursor main = lane.main(priority);
            if (main.wanted()) {
                passBy(lane, priority, main.at(), held, full);
                // On its way it leaves a backlog to that one's own cursor, which reads it in order.
                Set<String> leaves = main.goesOn() ? lane.lagging().leftAt(priority, main.at()) : Set.of();
                pieces.add(new Piece(lane, priority, null, main, leaves));
            }
            ReadCursor returning = lane.returning().next(priority, full, lane.passed());
            if (returning != null) {
                passBy(lane, priority, returning.at(), held, full);
                Set<String> leaves = lane.lagging().leftAt(priority, returning.at());
                pieces.add(new Piece(lane, priority, null, returning, leaves));
            }
            for (String type : lane.lagging().types()) {
                ReadCursor lagging = lane.lagging().of(type, priority);
                if (lagging != null && readable.get(priority).contains(type) && lagging.wanted()) {
                    lane.passed().note(full, priority, lagging.at());
                    pieces.add(new Piece(lane, priority, type, lagging, Set.of()));
                }
            }
        }
    }

    /** Adds the pieces of the slow pass that a lane wants. */
    static void slowly(LaneState lane, TypesToRead types, Set<LimitKey> full, List<Piece> pieces) {
        for (int priority = 0; priority < LaneState.PRIORITIES; priority++) {
            Piece slow = SlowPieces.next(lane, priority, types.heldAt(priority), full);
            if (slow != null) {
                pieces.add(slow);
            }
        }
    }

    private static void passBy(LaneState lane, int priority, Position at, Set<String> held, Set<LimitKey> full) {
        held.forEach(type -> lane.lagging().leaveBehind(type, priority, at));
        lane.passed().note(full, priority, at);
    }

    /** Shares the room for waiting tasks among the pieces, so that what is read fits in memory, and the walk of a read. */
    static List<Piece> limited(List<Piece> pieces, Slots slots) {
        int count = Math.max(1, pieces.size());
        int room = Slots.WAITING_MAX - slots.waiting();
        int each = Math.max(LIMIT_MIN, Math.min(LIMIT_MAX, room / count));
        int walking = (int) pieces.stream().filter(Pieces::isOnItsWay).count();
        boolean beside = pieces.stream().anyMatch(piece -> piece.type() != null && !isOnItsWay(piece));
        Map<String, Integer> piecesOfType = new HashMap<>();
        pieces.forEach(piece -> {
            if (piece.type() != null) {
                piecesOfType.merge(piece.type(), 1, Integer::sum);
            }
        });
        return pieces.stream()
                .map(piece -> {
                    int limit = each;
                    if (piece.cursor() == null) {
                        limit = piece.limit();
                    } else if (piece.type() != null) {
                        int share =
                                slots.room(piece.type(), piece.priority()) / piecesOfType.getOrDefault(piece.type(), 1);
                        limit = Math.max(LIMIT_MIN, Math.min(each, share));
                    }
                    int walk = isOnItsWay(piece)
                            ? (beside ? WALK_BESIDE : WALK_MAX) / walking
                            : WALK_MAX / (pieces.size() - walking);
                    return piece.bounded(limit, Math.max(limit, walk));
                })
                .toList();
    }

    private static boolean isOnItsWay(Piece piece) {
        return piece.cursor() == null
                ? piece.lane().slow(piece.priority()).goesOn()
                : piece.cursor().wasCut();
    }
}
