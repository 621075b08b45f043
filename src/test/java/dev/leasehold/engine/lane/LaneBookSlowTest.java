package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.store.DueTask;
import dev.leasehold.store.DueTasks;
import dev.leasehold.store.LaneFence;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The slow pass over a lane, which overlooks nothing and holds up nobody. */
class LaneBookSlowTest {

    private static final LaneFence FENCE = new LaneFence(0, 1, UUID.randomUUID());
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    private static DueTask task(long id, Instant due) {
        return new DueTask(id, 0, 2, due, 1, 1, 1, 0, 0, 0, "default", "echo", null, null, "{}", null, null, null);
    }

    /** A thousand tasks under way are no reason to look at the urgent ones less often. */
    @Test
    void goesOverAllPrioritiesOfALaneInOneRoundHoweverManyRunInOne() {
        LaneBook wide = new LaneBook(Map.of("echo", 2000), 2000);
        wide.own(FENCE, null);
        List<DueTask> rows = new ArrayList<>();
        LongStream.rangeClosed(1, 1_000).forEach(id -> rows.add(task(id, NOW.minusMillis(2_000 - id))));
        Instant now = turns(wide, rows, NOW, 10, 0);
        assertThat(wide.start(2_000, now)).hasSize(1_000);
        now = turns(wide, rows, now.plusSeconds(5), 10, 1); // a round in which the looks are counted
        DueTask late = new DueTask(
                5_000, 0, 0, NOW.minusSeconds(1), 1, 1, 1, 0, 0, 0, "t", "echo", null, null, "{}", null, null, null);
        rows.add(late);

        assertThat(wide.slowPieces())
                .as("five full pieces, and what the marks add")
                .isBetween(6, 10);
        now = turns(wide, rows, now.plusSeconds(5), wide.slowPieces() + 2, 1);

        assertThat(wide.start(2_000, now))
                .extracting(ready -> ready.task().id())
                .containsExactly(5_000L);
    }

    @Test
    void looksSlowlyAgainAfterAReadThatFailed() {
        LaneBook book = new LaneBook(Map.of("echo", 2000), 2000);
        book.own(FENCE, null);
        turns(book, List.of(), NOW, 1, 0);
        book.lookSlowly(0);
        assertThat(book.nextRead(NOW).orElseThrow().pieces())
                .extracting(ReadPlan.Piece::cursor)
                .containsOnlyNulls();

        book.failed();

        assertThat(book.nextRead(NOW).orElseThrow().pieces())
                .extracting(ReadPlan.Piece::cursor)
                .containsOnlyNulls();
    }

    @Test
    void goesOverALaneInPiecesOnlyAsLongAsTheyTakeTheirTime() {
        LaneBook wide = new LaneBook(Map.of("echo", 2000), 2000).slowPiecesOf(100);
        wide.own(FENCE, null);
        List<DueTask> rows = new ArrayList<>();
        LongStream.rangeClosed(1, 1_000).forEach(id -> rows.add(task(id, NOW.minusMillis(2_000 - id))));
        Instant now = turns(wide, rows, NOW, 10, 0);
        wide.start(2_000, now).forEach(each -> wide.ended(each, null));
        rows.clear();
        now = turns(wide, rows, now.plusSeconds(1), 1, 0);
        assertThat(wide.slowPieces()).isEqualTo(11);

        now = slowTurns(wide, rows, now, 40, Duration.ofMillis(1), Duration.ofMillis(6));
        assertThat(wide.slowPieces())
                .as("the last piece of each round is quick")
                .isBetween(10, 11);

        slowTurns(wide, rows, now, 80, Duration.ofMillis(1), Duration.ofMillis(1));
        assertThat(wide.slowPieces()).isEqualTo(1);
    }

    private static Instant slowTurns(
            LaneBook book, List<DueTask> rows, Instant from, int turns, Duration open, Duration bounded) {
        Instant now = from;
        for (int turn = 0; turn < turns; turn++) {
            book.lookSlowly(0);
            now = now.plusMillis(10);
            Optional<ReadPlan> plan = book.nextRead(now);
            if (plan.isPresent()) {
                DueTasks.Read read =
                        WalkModel.read(plan.get(), WalkModel.inOrder(rows), now, ReadPlan.Piece::walk, piece -> true);
                boolean toItsEnd = plan.get().pieces().stream().allMatch(piece -> piece.until() == null);
                book.answered(new ReadPlan.Answer(read, List.of(), List.of(), Map.of()), toItsEnd ? open : bounded);
            }
        }
        return now;
    }

    /** Turns of the lane in the slow pass, each with what is read after it. */
    private static Instant turns(LaneBook book, List<DueTask> rows, Instant from, int turns, int slow) {
        Instant now = from;
        for (int turn = 0; turn < turns; turn++) {
            if (slow > 0) {
                book.lookSlowly(0);
            }
            now = now.plusMillis(10);
            Optional<ReadPlan> plan = book.nextRead(now);
            while (plan.isPresent()) {
                Instant at = now;
                DueTasks.Read read =
                        WalkModel.read(plan.get(), WalkModel.inOrder(rows), at, ReadPlan.Piece::walk, piece -> true);
                book.answered(
                        new ReadPlan.Answer(read, List.of(), List.of(), Map.of()), Duration.ofMillis(1 + turn % 2 * 5));
                plan = book.nextRead(now);
            }
        }
        return now;
    }
}
