package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.store.DueTask;
import dev.leasehold.store.DueTasks;
import dev.leasehold.store.LaneFence;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What waits in memory is bounded, and what is saturated crowds nobody out. Pure: rows are a list, time stands still. */
@Tag("A10")
class LaneBookRoomTest {

    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    private final List<DueTask> table = new ArrayList<>();
    private final Set<Long> started = new HashSet<>();
    private final List<Ready> running = new ArrayList<>();

    private LaneBook book(Map<String, Integer> slots) {
        LaneBook book = new LaneBook(slots, 50_000);
        book.own(new LaneFence(0, 1, UUID.randomUUID()), null);
        return book;
    }

    private void insert(String type, int count) {
        for (int i = 0; i < count; i++) {
            long id = table.size() + 1L;
            Instant due = NOW.minusMillis(100_000 - id);
            table.add(
                    new DueTask(id, 0, 2, due, 1, 1, 1, 0, 0, 0, "default", type, null, null, "{}", null, null, null));
        }
    }

    /** One read, if one is wanted, and the starts that it makes possible. */
    private void turn(LaneBook book) {
        Optional<ReadPlan> plan = book.nextRead(NOW);
        plan.ifPresent(each -> book.answered(answer(each)));
        for (Ready ready : book.start(100_000, NOW)) {
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
        return new ReadPlan.Answer(new DueTasks.Read(rows, NOW, Set.of()), List.of(), List.of(), Map.of());
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
            running.forEach(each -> book.ended(each, null));
            running.clear();
            turn(book);
        }
        assertThat(started).as("in the end all of them").hasSize(table.size());
    }
}
