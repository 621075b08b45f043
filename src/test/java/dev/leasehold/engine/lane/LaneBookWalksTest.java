package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.store.DueTask;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/**
 * Reads that end before they have walked over all that they pass over: what lies behind it is found soon all the same, and
 * nothing is overlooked. Pure: rows are a map, time is a number.
 */
class LaneBookWalksTest extends LaneBookFixture {

    /** Several walks. */
    private static final int BACKLOG = 30_000;

    @Test
    void findsAnotherTypeBehindTheBacklogOfOneThatHasNoSlots() {
        start(Map.of("full", 1, "other", 5), LaneRules.NONE);
        backlog("full", "default", BACKLOG, START.minusSeconds(3_600));
        DueTask other = insert("other", "default", START.minusSeconds(60));

        while (reads < 8 && turn()) {
            assertThat(cut && started.contains(other)).isFalse();
        }

        assertThat(started).contains(other);
        assertThat(turn()).as("at the end of all that is due").isFalse();
    }

    @Test
    void findsAnotherTypeWhileABacklogThatIsReadInOrderDrains() {
        start(Map.of("full", 100, "other", 5), LaneRules.NONE);
        backlog("full", "default", BACKLOG, START.minusSeconds(3_600));
        DueTask other = insert("other", "default", START.minusSeconds(60));
        walkAtMost = 1_000; // 30 reads; meanwhile more of the backlog are read again and again

        while (reads < 60 && !started.contains(other)) {
            turn();
            end(task -> task.type().equals("full"), 100);
        }

        assertThat(started).contains(other);
        assertThat(started.stream().filter(task -> task.type().equals("full")).map(DueTask::id))
                .as("not from the midst of it")
                .hasSizeGreaterThan(1_000)
                .isSorted();
    }

    @Test
    void findsOtherQueuesWhileThatOfALimitIsPassedOverAndGoneBackToAgainAndAgain() {
        start(Map.of("a", 500), limited(200, "q"));
        backlog("a", "q", BACKLOG, START.minusSeconds(3_600));
        DueTask other = insert("a", "default", START.minusSeconds(60));
        walkAtMost = 1_000; // 30 reads, if nothing sends it back

        while (reads < 60 && !started.contains(other)) {
            turn();
            end(task -> task.queue().equals("q"), 200);
        }

        assertThat(started).contains(other).hasSizeGreaterThan(3_000).hasSizeLessThan(20_000);
    }

    @Test
    void comesToTheSecondOfTwoLimitedQueuesHoweverOftenItGoesBackForTheFirst() {
        start(Map.of("a", 500), limited(150, "q1", "q2"));
        backlog("a", "q1", BACKLOG, START.minusSeconds(3_600));
        backlog("a", "q2", 5_000, START.minusSeconds(60));
        walkAtMost = 1_000;

        for (int i = 0; i < 1_000 && of("q1") < BACKLOG * 2 / 3; i++) {
            turn();
            end(task -> task.queue().equals("q1"), 150);
            end(task -> task.queue().equals("q2"), 20);
        }

        assertThat(of("q1")).isBetween(BACKLOG * 2L / 3, BACKLOG - 1_000L);
        assertThat(of("q2")).as("more than what was read before it was full").isGreaterThan(1_000);
    }

    @Test
    void readsNoMoreOfManyLimitsThanMemoryHolds() {
        String[] queues = IntStream.range(0, 60).mapToObj(no -> "q" + no).toArray(String[]::new);
        start(Map.of("a", 500), limited(1, queues));
        for (int i = 0; i < queues.length; i++) {
            backlog("a", queues[i], 200, START.minusSeconds(3_600 - i));
        }

        while (turn()) {
            assertThat(reads).as("reads while nothing ends").isLessThan(60);
        }
        assertThat(started).as("one of each queue").hasSize(queues.length);

        for (int i = 0; i < 2_000 && !table.isEmpty(); i++) {
            turn();
            end(task -> true, 20);
        }
        assertThat(table.values()).as("everything has run").isEmpty();
        assertThat(reads).isLessThan(2_000);
    }

    private long of(String queue) {
        return started.stream().filter(task -> task.queue().equals(queue)).count();
    }

    @Test
    void comesToWhatIsDueNowHoweverOftenSomethingIsEnqueuedThatWasDueLongAgo() {
        start(Map.of("full", 1, "other", 5), LaneRules.NONE);
        Instant longAgo = START.minusSeconds(3_600);
        backlog("full", "default", BACKLOG, longAgo);
        List<DueTask> old = new ArrayList<>();
        DueTask last = insert("other", "default", START.minusSeconds(60));

        while (reads < 40 && !started.contains(last)) {
            old.add(enqueue("other", "default", longAgo.plusMillis(old.size())));
            turn();
            end(task -> task.type().equals("other"), 5);
        }
        assertThat(started).contains(last);

        for (int i = 0; i < 100 && turn(); i++) {
            end(task -> task.type().equals("other"), 5);
        }
        assertThat(started).containsAll(old);
    }

    @Test
    void comesToWhatIsDueNowHoweverOftenItHearsOfSomethingNewWhileItReads() {
        start(Map.of("full", 1, "other", 5), LaneRules.NONE);
        backlog("full", "default", BACKLOG, START.minusSeconds(3_600));
        DueTask last = insert("other", "default", START.minusSeconds(60));
        List<DueTask> late = new ArrayList<>();

        while (reads < 40 && !started.contains(last)) {
            turn(() -> {
                // By a transaction that lasted, and that told of it at its end.
                late.add(insert("other", "default", now.minusMillis(100)));
                book.notified(0);
            });
            end(task -> task.type().equals("other"), 5);
        }
        assertThat(started).contains(last);

        for (int i = 0; i < 100; i++) {
            turn();
            end(task -> task.type().equals("other"), 5);
        }
        assertThat(started).containsAll(late);
    }

    @Test
    void comesToWhatIsDueNowHoweverOftenSomethingWasDueLongAgoThatIsEnqueuedWhileItReads() {
        start(Map.of("full", 1, "other", 5), LaneRules.NONE);
        Instant longAgo = START.minusSeconds(3_600);
        backlog("full", "default", BACKLOG, longAgo);
        DueTask last = insert("other", "default", START.minusSeconds(60));
        List<DueTask> old = new ArrayList<>();

        while (reads < 40 && !started.contains(last)) {
            turn(() -> old.add(enqueue("other", "default", longAgo)));
            end(task -> task.type().equals("other"), 5);
        }
        assertThat(started).contains(last);

        for (int i = 0; i < 100; i++) {
            turn();
            end(task -> task.type().equals("other"), 5);
        }
        assertThat(started).containsAll(old);
    }

    @Test
    void comesToOneOfTwoThatWereDueLongAgoHoweverOftenMoreAreEnqueuedBeforeItWhileItReads() {
        start(Map.of("full", 1, "other", 5), LaneRules.NONE);
        Instant longAgo = START.minusSeconds(3_600);
        backlog("full", "default", BACKLOG, longAgo);
        while (turn()) {
            assertThat(reads).isLessThan(20);
        }
        enqueue("other", "default", longAgo);
        DueTask last = enqueue("other", "default", START.minusSeconds(60));

        int before = reads;
        while (reads < before + 40 && !started.contains(last)) {
            turn(() -> enqueue("other", "default", longAgo));
            end(task -> task.type().equals("other"), 5);
        }

        assertThat(started).contains(last);
    }

    @Test
    void goesOnAtOnceBehindWhatItPassedOverAndSoDoesTheSlowPass() {
        start(Map.of("a", 100), new LaneRules(Set.of("asleep")));
        backlog("a", "asleep", BACKLOG, START.minusSeconds(3_600));

        assertThat(turn()).isTrue();
        assertThat(cut).as("nothing found, which means nothing").isTrue();
        while (reads < 10 && turn()) {
            assertThat(reads).isLessThan(10);
        }
        assertThat(cut).as("at its end").isFalse();

        DueTask late = insert("a", "default", START.minusSeconds(60)); // of which nobody hears
        book.lookSlowly(0);
        int before = reads;
        while (reads < before + 8 && turn()) {
            assertThat(started.contains(late) && cut).isFalse();
        }
        assertThat(started).contains(late);
        assertThat(turn()).as("round").isFalse();
    }

    /** Nobody looks again, neither in time nor slowly: what is passed over is come back to. */
    @Property(tries = 200)
    void overlooksNothingThatItPassesOver(@ForAll long seed) {
        Random random = new Random(seed);
        LaneBookWalksTest model = new LaneBookWalksTest();
        model.walkAtMost = 1 + random.nextInt(random.nextBoolean() ? 6 : 60);
        model.start(Map.of("a", 2, "b", 3, "c", 50), limited(1, "q1", "q2"));
        for (int i = 0; i < 400; i++) {
            model.insert(type(random), queue(random), START.minusMillis(random.nextInt(3_000)));
        }
        for (int i = 0; i < 200; i++) {
            switch (random.nextInt(8)) {
                case 0 -> model.enqueue(type(random), queue(random), model.now);
                case 1 -> model.enqueue(type(random), queue(random), model.now.minusMillis(random.nextInt(3_000)));
                case 2 -> model.pause(random.nextInt(3) == 0 ? Set.of("q3") : Set.of());
                case 3, 4 -> model.end(task -> random.nextBoolean(), 3);
                case 5 -> model.turn(() -> model.happens(random));
                default -> model.turn();
            }
        }

        model.pause(Set.of());
        for (int i = 0; i < 20_000 && !model.table.isEmpty(); i++) {
            model.turn();
            model.end(task -> random.nextBoolean(), 5);
        }
        assertThat(model.table.values()).as("everything has run").isEmpty();
    }

    /** What comes while a read is under way. */
    private void happens(Random random) {
        for (int i = random.nextInt(4); i > 0; i--) {
            switch (random.nextInt(4)) {
                case 0 -> enqueue(type(random), queue(random), now.minusMillis(random.nextInt(3_000)));
                case 1 -> {
                    // Due before the read saw the table, and there only now.
                    insert(type(random), queue(random), now.minusMillis(random.nextInt(400)));
                    book.notified(0);
                }
                case 2 -> book.lookEverywhere();
                default -> end(task -> random.nextBoolean(), 1);
            }
        }
    }

    private void pause(Set<String> queues) {
        rules = new LaneRules(queues, rules.limits(), Map.of(), Map.of());
        book.rules(rules);
    }

    private static String type(Random random) {
        return List.of("a", "a", "a", "b", "c").get(random.nextInt(5)); // of which more are due than may wait
    }

    private static String queue(Random random) {
        return List.of("default", "default", "default", "q1", "q2", "q3").get(random.nextInt(6));
    }
}
