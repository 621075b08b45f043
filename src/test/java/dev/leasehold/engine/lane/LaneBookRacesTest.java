package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.leasehold.store.DueTask;
import dev.leasehold.store.DueTasks;
import dev.leasehold.store.LaneFence;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
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
                        (plan.own().containsKey(task.id()) || plan.checks().containsKey(task.id()))
                                && !task.dueAt().isAfter(now))
                .toList();
        book.answered(
                new ReadPlan.Answer(new DueTasks.Read(rows, now, Set.of()), List.of(), byId, Map.of()),
                Duration.ofMillis(1));
        return plan;
    }

    private void readAll(Instant now) {
        for (int i = 0; i < 100 && read(now); i++) {
            assertThat(i).as("reads").isLessThan(99);
        }
    }

    private List<Long> started() {
        return book.start(100, NOW).stream().map(ready -> ready.task().id()).toList();
    }

    private static DueTask patched(DueTask task) {
        return new DueTask(
                task.id(),
                0,
                2,
                task.dueAt(),
                task.version() + 1,
                1,
                1,
                0,
                0,
                0,
                "default",
                "echo",
                null,
                null,
                "{\"new\":1}",
                null,
                null,
                null);
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
        wide.answered(
                new ReadPlan.Answer(
                        new DueTasks.Read(
                                first.pieces().stream()
                                        .map(each -> List.<DueTask>of())
                                        .toList(),
                                NOW,
                                Set.of()),
                        List.of(),
                        List.of(),
                        Map.of()),
                Duration.ofMillis(1));
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
        wide.answered(
                new ReadPlan.Answer(new DueTasks.Read(rows, later, Set.of()), List.of(), List.of(), Map.of()),
                Duration.ofMillis(1));
        wide.start(1_000, later).forEach(each -> wide.ended(each, null));
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
        wide.answered(
                new ReadPlan.Answer(
                        new DueTasks.Read(
                                plan.pieces().stream()
                                        .map(each -> each.priority() == 2 ? many : List.<DueTask>of())
                                        .toList(),
                                NOW,
                                Set.of()),
                        List.of(),
                        List.of(),
                        Map.of()),
                Duration.ofMillis(1));
        List<Ready> started = wide.start(2_000, NOW);
        assertThat(started).hasSize(1_200);
        wide.lookSlowly(0);
        ReadPlan underWay = wide.nextRead(NOW.plusMillis(1)).orElseThrow();
        Instant soon = NOW.plusSeconds(10);
        started.subList(0, 1_000).forEach(each -> wide.ended(each, soon.plusSeconds(60)));
        started.subList(1_000, 1_200).forEach(each -> wide.ended(each, soon));
        wide.answered(
                new ReadPlan.Answer(
                        new DueTasks.Read(
                                underWay.pieces().stream()
                                        .map(each -> List.<DueTask>of())
                                        .toList(),
                                NOW.plusMillis(1),
                                Set.of()),
                        List.of(),
                        List.of(),
                        Map.of()),
                Duration.ofMillis(1));
        assertThat(wide.earliest()).isEqualTo(soon);
    }

    @Test
    void startsNothingThatWasPausedWhileItWaitedInMemory() {
        table.add(task(1, NOW));
        readAll(NOW);
        table.clear();
        book.changed(0, 2, 1, null, NOW);
        assertThat(started()).isEmpty();
        assertThat(book.waiting()).isZero();
    }

    @Test
    void startsWithTheNewPayloadWhatWasPatchedWhileItWaitedInMemory() {
        DueTask old = task(1, NOW);
        table.add(old);
        readAll(NOW);
        table.set(0, patched(old));
        book.changed(0, 2, 1, NOW, NOW);
        assertThat(started()).as("before it is read anew").isEmpty();
        readAll(NOW.plusMillis(10));
        assertThat(book.start(10, NOW))
                .extracting(ready -> ready.task().payload())
                .containsExactly("{\"new\":1}");
    }

    @Test
    void takesNoChangedTaskFromAReadThatWasUnderWayWhenItChanged() {
        DueTask old = task(1, NOW);
        ReadPlan underWay = book.nextRead(NOW).orElseThrow();
        table.add(patched(old));
        book.changed(0, 2, 1, NOW, NOW);
        book.answered(
                new ReadPlan.Answer(
                        new DueTasks.Read(
                                underWay.pieces().stream()
                                        .map(each -> each.priority() == 2 ? List.of(old) : List.<DueTask>of())
                                        .toList(),
                                NOW,
                                Set.of()),
                        List.of(),
                        List.of(),
                        Map.of()),
                Duration.ofMillis(1));
        assertThat(started()).isEmpty();
        readAll(NOW.plusMillis(10));
        assertThat(book.start(10, NOW))
                .extracting(ready -> ready.task().version())
                .containsExactly(2L);
    }

    @Test
    void looksAgainAtWhatWaitedForLongBeforeItStarts() {
        DueTask stays = task(1, NOW);
        DueTask paused = task(2, NOW);
        DueTask patched = task(3, NOW);
        table.addAll(List.of(stays, paused, patched));
        readAll(NOW);
        table.remove(paused);
        table.set(1, patched(patched));
        Instant later = NOW.plusMillis(1_001); // nobody told of the changes: a message was lost
        assertThat(book.start(10, later)).isEmpty();
        assertThat(read(later)).isTrue();
        assertThat(book.start(10, later))
                .extracting(ready -> ready.task().id(), ready -> ready.task().version())
                .containsExactly(tuple(1L, 1L), tuple(3L, 2L));
    }

    @Test
    void looksAgainOnceMoreWhereTheLookFailed() {
        table.add(task(1, NOW));
        readAll(NOW);
        Instant later = NOW.plusSeconds(2);
        assertThat(book.start(10, later)).isEmpty();
        assertThat(book.nextRead(later)).isPresent();
        book.failed();
        assertThat(book.start(10, later)).isEmpty();
        readAll(later);
        assertThat(book.start(10, later)).hasSize(1);
    }

    @Test
    @Tag("A12")
    void letsATaskWithTwoCrashesWaitForTheWholeNodeOnlyWhileItsLaneIsCautious() {
        book.own(FENCE, NOW.plusSeconds(60));
        DueTask other = task(1, NOW);
        table.add(other);
        readAll(NOW);
        assertThat(started()).containsExactly(1L);
        DueTask twice = task(2, NOW, 2);
        table.add(twice);
        book.wake(0, 2, NOW, NOW);
        readAll(NOW);
        assertThat(started()).as("not alone").isEmpty();
        Instant quiet = NOW.plusSeconds(61);
        book.start(10, quiet);
        readAll(quiet); // it waited for long
        assertThat(book.start(10, quiet))
                .extracting(ready -> ready.task().id(), Ready::cautious)
                .containsExactly(tuple(2L, false));
    }

    @Test
    @Tag("B10")
    void takesNoEmptyReadForAConfirmationThatShowsALaneLost() {
        book.own(new LaneFence(1, 1, UUID.randomUUID()), null);
        ReadPlan plan = book.nextRead(NOW).orElseThrow();
        List<List<DueTask>> nothing =
                plan.pieces().stream().map(each -> List.<DueTask>of()).toList();
        ReadPlan.Answer lost =
                new ReadPlan.Answer(new DueTasks.Read(nothing, NOW, Set.of(0)), List.of(), List.of(), Map.of());
        ReadPlan.Answer held =
                new ReadPlan.Answer(new DueTasks.Read(nothing, NOW, Set.of()), List.of(), List.of(), Map.of());
        assertThat(plan.lost(lost)).containsExactly(FENCE);
        assertThat(plan.confirms(book.owned(), lost)).isFalse();
        assertThat(plan.confirms(book.owned(), held)).isTrue();
        book.answered(held, Duration.ofMillis(1));
        book.wake(0, 2, NOW, NOW);
        ReadPlan one = book.nextRead(NOW).orElseThrow();
        assertThat(one.confirms(book.owned(), held))
                .as("asked about one lane of two")
                .isFalse();
    }
}
