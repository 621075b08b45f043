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
    private static final int SLOW_LIMIT = 200;

    private Pieces() {}

    /**
     * Adds the pieces that a lane wants.
     *
     * @param readable types of which more may be read now, by priority; as far as the main cursors are read
     * @param held types without which the main cursors go on
     * @param full limits of whose tasks enough wait: the cursors pass over them
     */
    static void of(
            LaneState lane, List<Set<String>> readable, Set<String> held, Set<LimitKey> full, List<Piece> pieces) {
        boolean slow = readable.size() == LaneState.PRIORITIES && lane.takeSlowWanted();
        for (int priority = 0; priority < readable.size(); priority++) {
            ReadCursor main = lane.main(priority);
            if (main.wanted()) {
                for (String type : held) {
                    lane.leaveBehind(type, priority);
                }
                lane.passed().note(full, priority, main.at());
                pieces.add(new Piece(lane, priority, null, main, main.at(), 0));
            }
            for (String type : lane.laggingTypes()) {
                ReadCursor lagging = lane.lagging(type, priority);
                if (lagging != null && readable.get(priority).contains(type) && lagging.wanted()) {
                    lane.passed().note(full, priority, lagging.at());
                    pieces.add(new Piece(lane, priority, type, lagging, lagging.at(), 0));
                }
            }
            if (slow) {
                pieces.add(new Piece(lane, priority, null, null, lane.slow(priority), SLOW_LIMIT));
            }
        }
    }

    /** Shares the room for waiting tasks among the pieces, so that what is read fits in memory. */
    static List<Piece> limited(List<Piece> pieces, Slots slots) {
        int room = Slots.WAITING_MAX - slots.waiting();
        int each = Math.max(LIMIT_MIN, Math.min(LIMIT_MAX, room / Math.max(1, pieces.size())));
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
                    return new Piece(piece.lane(), piece.priority(), piece.type(), piece.cursor(), piece.from(), limit);
                })
                .toList();
    }
}
