package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.store.DueTask;
import dev.leasehold.store.DueTasks;
import dev.leasehold.store.LaneFence;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Orders of events that are rare, and of which none may leave a task behind. Pure: rows are a list, time is a number. */
class LaneBookRacesTest {

    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final LaneFence FENCE = new LaneFence(0, 1, UUID.randomUUID());

    private final LaneBook book = new LaneBook(Map.of("echo", 10), 10);
    private final List<DueTask> table = new ArrayList<>();

    LaneBookRacesTest() {
        book.own(FENCE, null);
    }

    private static DueTask task(long id, Instant due, int crashes) {
        return new DueTask(
                id, 0, 2, due, 1, 1, 1, 0, crashes, 0, "default", "echo", null, null, "{}", null, null, null);
    }

    private static DueTask task(long id, Instant due) {
        return task(id, due, 0);
    }

    /** What the database would answer to the next read, if one is wanted. */
    private boolean read(Instant now) {
        return book.nextRead(now).map(plan -> answer(plan, now)).isPresent();
    }

    private ReadPlan answer(ReadPlan plan, Instant now) {
        List<List<DueTask>> rows = new ArrayList<>();
        for (ReadPlan.Piece piece : plan.pieces()) {
            rows.add(table.stream()
                    .filter(task -> task.priority() == piece.priority()
                            && !task.dueAt().isAfter(now)
                            && new Position(task.dueAt(), task.id()).compareTo(piece.from()) > 0)
                    .sorted(java.util.Comparator.comparing((DueTask task) -> new Position(task.dueAt(), task.id())))
                    .limit(piece.limit())
                    .toList());
        }
        List<DueTask> byId = table.stream()
                .filter(task ->
                        plan.own().containsKey(task.id()) && !task.dueAt().isAfter(now))
                .toList();
        book.answered(new ReadPlan.Answer(new DueTasks.Read(rows, now), List.of(), byId, Map.of()));
        return plan;
    }

    private void readAll(Instant now) {
        for (int i = 0; i < 100 && read(now); i++) {
            assertThat(i).as("reads").isLessThan(99);
        }
    }

    private List<Long> started() {
        return book.start(100).stream().map(ready -> ready.task().id()).toList();
    }

    private static Ready ready(DueTask task) {
        return new Ready(task, FENCE, false);
    }

    @Test
    void startsATaskAgainAlthoughItsThreadLeftBeforeItWasKnownToHaveStayed() {
        DueTask task = task(1, NOW);
        table.add(task);
        readAll(NOW);
        assertThat(started()).containsExactly(1L);
        book.gone(1); // told by the handler's thread, a moment before the run's actor told that it stays
        book.strayed(1);
        book.ended(ready(task), NOW);
        readAll(NOW.plusMillis(10));
        assertThat(started()).containsExactly(1L);
    }

    @Test
    void waitsForTheLastOfTwoThreadsThatStayedInATask() {
        DueTask task = task(1, NOW);
        table.add(task);
        readAll(NOW);
        assertThat(started()).containsExactly(1L);
        book.strayed(1);
        book.strayed(1);
        book.ended(ready(task), NOW);
        book.gone(1);
        readAll(NOW.plusMillis(10));
        assertThat(started()).isEmpty();
        book.gone(1);
        readAll(NOW.plusMillis(20));
        assertThat(started()).containsExactly(1L);
    }

    @Test
    void findsATaskThatBecameVisibleBehindTheCursorWhileOurClockWasSlow() {
        readAll(NOW); // the database's clock; the row below was not committed yet
        Instant due = NOW.minusMillis(1);
        table.add(task(1, due));
        Instant slow = NOW.minusMillis(3); // ours, as well as this node can tell
        book.wake(0, 2, due, slow);
        readAll(slow);
        readAll(NOW.plusMillis(5));
        assertThat(started()).containsExactly(1L);
    }

    @Test
    void looksSlowlyAtWhatLiesBehindTheCursorHoweverLongTheBacklogBeforeIt() {
        LaneBook wide = new LaneBook(Map.of("echo", 1_000), 1_000);
        wide.own(FENCE, null);
        ReadPlan first = wide.nextRead(NOW).orElseThrow();
        wide.answered(new ReadPlan.Answer(
                new DueTasks.Read(
                        first.pieces().stream().map(each -> List.<DueTask>of()).toList(), NOW),
                List.of(),
                List.of(),
                Map.of()));
        Instant later = NOW.plusSeconds(60);
        wide.lookSlowly(0);
        ReadPlan slow = wide.nextRead(later).orElseThrow();
        // A full piece that reaches beyond the cursor: from there on the cursor reads by itself.
        List<List<DueTask>> rows = slow.pieces().stream()
                .map(each -> each.cursor() == null && each.priority() == 2
                        ? LongStream.rangeClosed(1, each.limit())
                                .mapToObj(id -> task(id, later.minusSeconds(1)))
                                .toList()
                        : List.<DueTask>of())
                .toList();
        wide.answered(new ReadPlan.Answer(new DueTasks.Read(rows, later), List.of(), List.of(), Map.of()));
        wide.start(1_000).forEach(each -> wide.ended(each, null));
        wide.lookSlowly(0);
        ReadPlan next = wide.nextRead(later.plusSeconds(1)).orElseThrow();
        assertThat(next.pieces())
                .filteredOn(each -> each.cursor() == null && each.priority() == 2)
                .extracting(ReadPlan.Piece::from)
                .containsExactly(Position.START);
    }

    @Test
    void keepsDueTimesBeyondTheFirstThousandOfItsOwn() {
        LaneBook wide = new LaneBook(Map.of("echo", 2000), 2000);
        wide.own(FENCE, null);
        List<DueTask> many =
                LongStream.rangeClosed(1, 1_200).mapToObj(id -> task(id, NOW)).toList();
        ReadPlan plan = wide.nextRead(NOW).orElseThrow();
        wide.answered(new ReadPlan.Answer(
                new DueTasks.Read(
                        plan.pieces().stream()
                                .map(each -> each.priority() == 2 ? many : List.<DueTask>of())
                                .toList(),
                        NOW),
                List.of(),
                List.of(),
                Map.of()));
        List<Ready> started = wide.start(2_000);
        assertThat(started).hasSize(1_200);
        wide.lookSlowly(0);
        ReadPlan underWay = wide.nextRead(NOW.plusMillis(1)).orElseThrow();
        Instant soon = NOW.plusSeconds(10);
        started.subList(0, 1_000).forEach(each -> wide.ended(each, soon.plusSeconds(60)));
        started.subList(1_000, 1_200).forEach(each -> wide.ended(each, soon));
        wide.answered(new ReadPlan.Answer(
                new DueTasks.Read(
                        underWay.pieces().stream()
                                .map(each -> List.<DueTask>of())
                                .toList(),
                        NOW.plusMillis(1)),
                List.of(),
                List.of(),
                Map.of()));
        assertThat(wide.earliest()).isEqualTo(soon);
    }
}
