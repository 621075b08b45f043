package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.engine.lane.ReadPlan.Piece;
import dev.leasehold.engine.limit.LimitKey;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.LaneFence;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SlowPiecesTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final LimitKey QUEUE = new LimitKey(LimitKey.Kind.QUEUE, "q");

    private final LaneState lane = new LaneState(new LaneFence(0, 1, new UUID(0, 1)), null, 10_000);

    private static Position at(long no) {
        return new Position(NOON.plusMillis(no), no);
    }

    private static List<DueTask> rows(String type, String queue, int from, int count) {
        return LongStream.range(from, from + count)
                .mapToObj(no -> new DueTask(
                        no,
                        0,
                        2,
                        at(no).dueAt(),
                        null,
                        1,
                        1,
                        1,
                        0,
                        0,
                        0,
                        0,
                        "t",
                        type,
                        queue,
                        null,
                        null,
                        "{}",
                        null,
                        null,
                        null))
                .toList();
    }

    @BeforeEach
    void cursorsHaveGoneOn() {
        lane.lagging().leaveBehind("a", 2, at(500));
        lane.lagging().leaveBehind("b", 2, at(5_000));
        lane.passed().note(Set.of(QUEUE), 2, at(3_000));
        lane.main(2).sent();
        lane.main(2).answered(at(9_000), true, NOON.plusSeconds(60));
        lane.slow(2).wantRound();
    }

    private Piece next() {
        Piece piece = SlowPieces.next(lane, 2, Set.of("a", "b"), Set.of(QUEUE));
        assertThat(piece).isNotNull();
        return piece;
    }

    private Position lagging(String type) {
        ReadCursor cursor = lane.lagging().of(type, 2);
        assertThat(cursor).isNotNull();
        return cursor.at();
    }

    private void throughToItsEnd(Piece piece) {
        lane.slow(2).answered(piece.until(), null, false, false, false, at(9_000));
    }

    @Test
    void endsWhereEachWasLeftBehindAndLeavesItFromThereOn() {
        Piece first = next();
        assertThat(first.until()).isEqualTo(at(500));
        assertThat(first.leaves()).isEmpty();
        assertThat(first.reads()).hasSize(3);
        throughToItsEnd(first);

        Piece second = next();
        assertThat(second.until()).isEqualTo(at(3_000));
        assertThat(second.leaves()).containsExactly("a");
        throughToItsEnd(second);

        Piece third = next();
        assertThat(third.until()).isEqualTo(at(5_000));
        assertThat(third.reads()).containsExactly(new LimitKey(LimitKey.Kind.TYPE, "b"));
        throughToItsEnd(third);

        Piece fourth = next();
        assertThat(fourth.until())
                .as("no mark, and the cursor for all types is there")
                .isNull();
        assertThat(fourth.leaves()).containsExactlyInAnyOrder("a", "b");
        assertThat(fourth.reads()).isEmpty();
    }

    @Test
    void handsOverOnlyThatOfWhichManyCame() {
        SlowPieces.handOver(next(), rows("a", "default", 1, 150), at(150));

        assertThat(lagging("a")).isEqualTo(at(150));
        assertThat(lagging("b")).isEqualTo(at(5_000));
        assertThat(lane.passed().from(QUEUE, 2)).isEqualTo(at(3_000));
    }

    @Test
    void countsThoseOfARoundTogether() {
        Piece piece = next();
        SlowPieces.handOver(piece, rows("c", "q", 1, 60), at(60));
        assertThat(lane.passed().from(QUEUE, 2)).isEqualTo(at(3_000));
        SlowPieces.handOver(piece, rows("c", "q", 100, 60), at(160));
        assertThat(lane.passed().from(QUEUE, 2)).isEqualTo(at(160));
        assertThat(lagging("a")).isEqualTo(at(500));
    }

    @Test
    void beginsToCountAnewWithEachRound() {
        SlowPieces.handOver(next(), rows("a", "default", 1, 60), at(60));
        lane.slow(2).answered(null, null, false, false, false, at(9_000)); // the round is over
        lane.slow(2).wantRound();
        SlowPieces.handOver(next(), rows("a", "default", 100, 60), at(160));
        assertThat(lagging("a")).isEqualTo(at(500));
    }

    @Test
    void doesNotSendACursorBackAgainForAPieceWithNoneOfItsRows() {
        Piece piece = next();
        SlowPieces.handOver(piece, rows("a", "default", 1, 150), at(150));
        ReadCursor cursor = lane.lagging().of("a", 2);
        assertThat(cursor).isNotNull();
        cursor.sent();
        cursor.answered(at(400), true, NOON.plusSeconds(60));
        SlowPieces.handOver(piece, rows("c", "default", 200, 100), at(300));
        assertThat(lagging("a")).isEqualTo(at(400));
    }

    @Test
    void looksAtAPartOfManyTypesAndLimitsInEachRound() {
        Set<String> types = IntStream.range(0, 20).mapToObj(no -> "t" + no).collect(Collectors.toSet());
        Set<LimitKey> limits = IntStream.range(0, 20)
                .mapToObj(no -> new LimitKey(LimitKey.Kind.TENANT, "t" + no))
                .collect(Collectors.toSet());
        Set<LimitKey> seen = new HashSet<>();
        for (int round = 0; round < 3; round++) {
            lane.slow(2).wantRound();
            Piece piece = SlowPieces.next(lane, 2, types, limits);
            assertThat(piece).isNotNull();
            assertThat(piece.reads()).hasSizeLessThan(30).noneMatch(seen::contains);
            assertThat(named(piece.reads(), LimitKey.Kind.TYPE)).noneMatch(piece.leaves()::contains);
            assertThat(piece.leaves().size()
                            + named(piece.reads(), LimitKey.Kind.TYPE).size())
                    .isEqualTo(20);
            seen.addAll(piece.reads());
            lane.slow(2).answered(null, null, false, false, false, at(9_000));
        }
        assertThat(seen).hasSize(40);
    }

    private static Set<String> named(Set<LimitKey> keys, LimitKey.Kind kind) {
        return keys.stream()
                .filter(key -> key.kind() == kind)
                .map(LimitKey::name)
                .collect(Collectors.toSet());
    }
}
