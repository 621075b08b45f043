package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.engine.lane.ReadPlan.Piece;
import dev.leasehold.engine.limit.SlotDesk;
import dev.leasehold.store.LaneFence;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How the pieces of one read share its walk. */
class PiecesTest {

    private final LaneState lane = new LaneState(new LaneFence(0, 1, new UUID(0, 1)), null, SlowRound.ROWS);
    private final Slots slots = new Slots(Map.of("t", 4_000), 4_000, new SlotDesk("n"));
    private final List<Piece> pieces = new ArrayList<>();

    private void piece(@Nullable String type, boolean onItsWay) {
        ReadCursor cursor = new ReadCursor(Position.START);
        cursor.cut(onItsWay);
        pieces.add(new Piece(lane, 2, type, cursor, Set.of()));
    }

    private int walked(boolean typed) {
        return Pieces.limited(pieces, slots).stream()
                .filter(piece -> (piece.type() != null) == typed)
                .mapToInt(Piece::walk)
                .sum();
    }

    @Test
    void thoseOnTheirWayThroughABacklogShareOneWalk() {
        for (int no = 0; no < 8; no++) {
            piece(null, true);
        }

        assertThat(walked(false)).isEqualTo(Pieces.WALK_MAX);
    }

    @Test
    void besideATypeThatIsReadByItselfTheyWalkLess() {
        for (int no = 0; no < 4; no++) {
            piece(null, true);
        }
        piece("t", false);

        assertThat(walked(false)).isEqualTo(Pieces.WALK_BESIDE).isLessThan(Pieces.WALK_MAX / 2);
        assertThat(walked(true)).isEqualTo(Pieces.WALK_MAX);
    }

    @Test
    void noneWalksOverFewerThanItAsksFor() {
        for (int no = 0; no < 50; no++) {
            piece(null, true);
        }
        piece("t", false);

        assertThat(Pieces.limited(pieces, slots)).allMatch(piece -> piece.walk() >= piece.limit());
        assertThat(walked(false)).isGreaterThan(Pieces.WALK_BESIDE);
    }
}
