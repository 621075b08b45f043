package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.store.DueTask;
import dev.leasehold.store.DueTasks;
import dev.leasehold.store.LaneFence;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What waits in memory is bounded, and what is saturated crowds nobody out. Pure: rows are a list, time is a number. */
@Tag("A10")
class LaneBookRoomTest {

    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    private final List<DueTask> table = new ArrayList<>();
    private final Set<Long> started = new HashSet<>();
    private final List<Ready> running = new ArrayList<>();
    private Instant now = NOW;

    private LaneBook book(Map<String, Integer> slots) {
        LaneBook book = new LaneBook(slots, 50_000);
        book.own(new LaneFence(0, 1, UUID.randomUUID()), null);
        return book;
    }

    private void insert(String type, int count) {
        insert(type, 2, count);
    }

    private void insert(String type, int priority, int count) {
        for (int i = 0; i < count; i++) {
            long id = table.size() + 1L;
            Instant due = NOW.minusMillis(100_000 - id);
            table.add(new DueTask(
                    id, 0, priority, due, 1, 1, 1, 0, 0, 0, "default", type, null, null, "{}", null, null, null));
        }
    }

    /** A new one, of which the book is told. */
    private void insertUrgent(LaneBook book, String type) {
        insert(type, 0, 1);
        book.wake(0, 0, table.get(table.size() - 1).dueAt(), now);
    }

    private void end(LaneBook book) {
        running.forEach(each -> book.ended(each, null));
        running.clear();
    }

    /** One read, if one is wanted, and the starts that it makes possible. */
    private void turn(LaneBook book) {
        now = now.plusMillis(50);
        Optional<ReadPlan> plan = book.nextRead(now);
        plan.ifPresent(each -> {
            assertThat(each.pieces())
                    .allMatch(piece -> piece.type() != null || !each.types().isEmpty());
            book.answered(answer(each), Duration.ofMillis(1));
        });
        for (Ready ready : book.start(100_000, now)) {
            assertThat(started.add(ready.task().id())).as("started once").isTrue();
            running.add(ready);
        }
    }

    private ReadPlan.Answer answer(ReadPlan plan) {
        List<List<DueTask>> rows = plan.pieces().stream()
                .map(piece -> table.stream()
                        .filter(row -> row.priority() == piece.priority()
                                && (piece.type() == null
                                        ? plan.types().contains(row.type())
                                        : row.type().equals(piece.type()))
                                && new Position(row.dueAt(), row.id()).compareTo(piece.from()) > 0)
                        .limit(piece.limit())
                        .toList())
                .toList();
        List<DueTask> checked = table.stream()
                .filter(row -> plan.checks().containsKey(row.id()))
                .toList();
        return new ReadPlan.Answer(new DueTasks.Read(rows, now, Set.of()), List.of(), checked, Map.of());
    }

    @Test
    void readsATypeWhoseSlotsAreFreeHoweverManyTasksOfSaturatedTypesWait() {
        Map<String, Integer> slots = new TreeMap<>(Map.of("a", 2_000, "b", 2_000, "c", 2_000, "d", 2_000, "free", 5));
        LaneBook book = book(slots);
        List.of("a", "b", "c", "d").forEach(type -> insert(type, 5_000));
        insert("free", 1);

        for (int i = 0; i < 200; i++) {
            turn(book);
        }

        assertThat(running).extracting(ready -> ready.task().type()).contains("free");
        assertThat(book.running()).as("as many as there are slots").isEqualTo(8_001);
    }

    @Test
    void givesUpWhatManySaturatedTypesHaveInMemoryAndReadsItAgainWhenTheyCanStart() {
        Map<String, Integer> slots = new TreeMap<>();
        for (int i = 0; i < 40; i++) {
            slots.put("t" + i, 1);
            insert("t" + i, 250);
        }
        LaneBook book = book(slots);

        for (int i = 0; i < 100; i++) {
            turn(book);
            assertThat(book.waiting()).as("in memory").isLessThanOrEqualTo(Slots.WAITING_MAX + 500);
        }

        assertThat(book.running()).isEqualTo(40);
        for (int i = 0; i < 20_000 && started.size() < table.size(); i++) {
            end(book);
            turn(book);
        }
        assertThat(started).as("in the end all of them").hasSize(table.size());
    }

    /** One that is urgent waits for those that run, not for all that is in memory before it. */
    @Test
    void readsUrgentOnesPastLessUrgentOnesThatFillTheRoomOfTheirType() {
        for (Map<String, Integer> slots : List.of(Map.of("a", 1), Map.of("a", 1, "idle", 1))) {
            table.clear();
            started.clear();
            running.clear();
            LaneBook book = book(slots);
            insert("a", 500);
            for (int i = 0; i < 3; i++) {
                turn(book);
            }
            assertThat(book.waiting()).as("enough in memory").isGreaterThan(32);

            int waiting = book.waiting();
            for (int i = 0; i < 3; i++) {
                insertUrgent(book, "a");
                turn(book);
                end(book);
                turn(book);
                assertThat(running).extracting(ready -> ready.task().priority()).containsExactly(0);
            }
            IntStream.range(0, 30).forEach(i -> insertUrgent(book, "a"));
            turn(book);
            assertThat(book.waiting()).as("all of them at once").isEqualTo(waiting + 30);
        }
    }

    /** Nor the other way round: what is less urgent is read as long as it is its turn to start, by its age. */
    @Test
    void readsLessUrgentOnesThoughUrgentOnesComeAllTheTime() {
        for (Map<String, Integer> slots : List.of(Map.of("a", 1), Map.of("a", 1, "idle", 1))) {
            table.clear();
            started.clear();
            running.clear();
            LaneBook book = book(slots).ageing(Duration.ofSeconds(10));
            insert("a", 3, 300);
            int low = table.size();
            for (int i = 0; i < 10 * low && started.size() < 4 * low + 50; i++) {
                insertUrgent(book, "a");
                insertUrgent(book, "a");
                turn(book);
                end(book);
            }

            assertThat(started.stream().filter(id -> id <= low))
                    .as("in four starts one of them")
                    .hasSize(low);
        }
    }

    @Test
    void holdsNoMoreInMemoryWhereAllPrioritiesWait() {
        Map<String, Integer> slots = Map.of("a", 2_000, "b", 2_000);
        LaneBook book = book(slots);
        for (int priority = 3; priority >= 0; priority--) {
            insert("a", priority, 10_000);
            insert("b", priority, 10_000);
            book.wake(0, priority, NOW.minusMillis(100_000), now);
            for (int i = 0; i < 50; i++) {
                turn(book);
                assertThat(book.waiting()).as("in memory").isLessThanOrEqualTo(Slots.WAITING_MAX + 500);
            }
        }
    }
}
