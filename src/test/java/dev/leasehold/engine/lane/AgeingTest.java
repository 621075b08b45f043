package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.engine.limit.SlotDesk;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.LaneFence;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** What waits for long goes before what is more urgent by itself. Pure: time is a number. */
class AgeingTest {

    private static final Duration STEP = Duration.ofMinutes(1);
    private static final LaneFence FENCE = new LaneFence(0, 1, new UUID(0, 1));

    private final Map<Long, DueTask> waiting = new TreeMap<>();
    private final List<DueTask> started = new ArrayList<>();
    private final List<Ready> running = new ArrayList<>();
    private Instant now = Instant.parse("2026-03-01T12:00:00Z");
    private long ids;

    private Slots slots(Map<String, Integer> limits, int nodeLimit) {
        waiting.clear();
        started.clear();
        running.clear();
        Slots slots = new Slots(limits, nodeLimit, new SlotDesk("alone"));
        slots.ageing(new Ageing(STEP));
        return slots;
    }

    private DueTask add(Slots slots, String type, int priority, Instant due, String tenant) {
        long id = ++ids;
        DueTask task =
                new DueTask(id, 0, priority, due, 1, 1, 1, 0, 0, 0, tenant, type, null, null, "{}", null, null, null);
        waiting.put(id, task);
        slots.add(new Ready(task, FENCE, false), now);
        return task;
    }

    private DueTask add(Slots slots, String type, int priority) {
        return add(slots, type, priority, now, "default");
    }

    /** All that may start, rows that are old looked at at once. */
    private void start(Slots slots) {
        List<Ready> toCheck;
        do {
            for (Ready ready : slots.start(1_000, now, fence -> false)) {
                waiting.remove(ready.task().id());
                started.add(ready.task());
                running.add(ready);
            }
            toCheck = slots.takeToCheck();
            Map<Long, DueTask> found = new HashMap<>();
            toCheck.forEach(each -> found.put(each.task().id(), each.task()));
            assertThat(slots.checked(found, now)).isEmpty();
        } while (!toCheck.isEmpty());
    }

    private void end(Slots slots) {
        running.forEach(each -> slots.ended(each.task().id()));
        running.clear();
    }

    /** As long as it takes for one to start, while so many urgent ones come for each slot that becomes free; at most an hour. */
    private Duration startsAfter(Slots slots, DueTask task, String urgentType, int urgent, Duration run) {
        Instant from = now;
        while (!started.contains(task) && now.isBefore(from.plusSeconds(3_600))) {
            end(slots);
            for (int i = 0; i < urgent; i++) {
                add(slots, urgentType, 0);
            }
            start(slots);
            now = now.plus(run);
        }
        return Duration.between(from, now);
    }

    /** The bound: its classes, and one start in each four of its type from then on. */
    @Property(tries = 20)
    void startsBehindAStreamOfUrgentOnesWhenItHasAged(
            @ForAll @IntRange(min = 1, max = 3) int priority, @ForAll @IntRange(min = 1, max = 20) int seconds) {
        Slots slots = slots(Map.of("a", 1), 100);
        Duration run = Duration.ofSeconds(seconds);
        DueTask low = add(slots, "a", priority);

        Duration waited = startsAfter(slots, low, "a", 2, run);

        Duration aged = STEP.multipliedBy(priority);
        assertThat(waited).isBetween(aged, aged.plus(run.multipliedBy(SlotsOfType.PASSED_MAX + 2)));
    }

    @Example
    void startsBehindUrgentOnesOfAnotherTypeThatHaveTheNodesSlots() {
        for (String urgent : List.of("a", "z")) {
            Slots slots = slots(Map.of("a", 5, "m", 5, "z", 5), 1);
            DueTask low = add(slots, "m", 3);

            Duration waited = startsAfter(slots, low, urgent, 1, Duration.ofSeconds(7));

            assertThat(waited).isBetween(Duration.ofMinutes(3), Duration.ofSeconds(180 + 2 * 7 + 7));
        }
    }

    @Example
    void waitsForEverWhereNothingAges() {
        Slots slots = slots(Map.of("a", 1), 100);
        slots.ageing(Ageing.NONE);
        DueTask low = add(slots, "a", 3);

        startsAfter(slots, low, "a", 2, Duration.ofSeconds(10));

        assertThat(started).hasSize(360).doesNotContain(low);
    }

    /** Whatever waits: what has not aged by a class goes after all that are more urgent. */
    @Property(tries = 40)
    void nothingFreshGoesBeforeWhatIsMoreUrgent(@ForAll long seed) {
        Random random = new Random(seed);
        Slots slots = slots(Map.of("a", 1, "b", 1), 100);
        for (int i = 0; i < 100; i++) {
            now = now.plusSeconds(random.nextInt(5));
            for (int j = random.nextInt(6); j > 0; j--) {
                Instant due = now.minusSeconds(random.nextInt(200));
                add(slots, random.nextBoolean() ? "a" : "b", random.nextInt(4), due, "t" + random.nextInt(3));
            }
            List<DueTask> before = List.copyOf(waiting.values());
            int count = started.size();
            end(slots);
            start(slots);
            for (DueTask each : started.subList(count, started.size())) {
                assertThat(before)
                        .filteredOn(other -> other.type().equals(each.type()))
                        .as("those that wait count as no more urgent than this one by its age: " + each)
                        .allMatch(other -> urgency(each) <= other.priority());
            }
        }
    }

    private int urgency(DueTask task) {
        long classes = Duration.between(task.dueAt(), now).dividedBy(STEP);
        return (int) Math.max(0, task.priority() - classes);
    }

    /** An old backlog does not take the urgent ones' place: three of four starts are theirs. */
    @Example
    void leavesMostStartsToTheUrgentHoweverManyHaveAged() {
        Slots slots = slots(Map.of("a", 1), 100);
        Instant longAgo = now.minus(Duration.ofHours(1));
        for (int i = 0; i < 40; i++) {
            add(slots, "a", 3, longAgo, "default");
            add(slots, "a", 0);
        }
        for (int i = 0; i < 40; i++) {
            start(slots);
            end(slots);
        }

        assertThat(started.subList(0, 8)).extracting(DueTask::priority).containsExactly(0, 0, 0, 3, 0, 0, 0, 3);
        assertThat(started).filteredOn(task -> task.priority() == 0).hasSize(30);
    }

    @Example
    void givesEachOfSeveralThatHaveAgedItsStarts() {
        Slots slots = slots(Map.of("a", 1), 100);
        Instant longAgo = now.minus(Duration.ofHours(1));
        for (int i = 0; i < 240; i++) {
            add(slots, "a", i % 4, longAgo, "default");
        }
        for (int i = 0; i < 60; i++) {
            start(slots);
            end(slots);
        }

        for (int priority = 0; priority < 4; priority++) {
            int each = priority;
            assertThat(started).filteredOn(task -> task.priority() == each).hasSizeBetween(7, 30);
        }
    }

    /** A tenant's line that begins with a fresh one does not keep that of another waiting, which has aged. */
    @Example
    void looksAtTheFirstOfEachTenant() {
        Slots slots = slots(Map.of("a", 1), 100);
        add(slots, "a", 3, now, "first");
        DueTask aged = add(slots, "a", 3, now.minus(Duration.ofMinutes(4)), "second");
        for (int i = 0; i < 4; i++) {
            add(slots, "a", 0);
        }

        for (int i = 0; i < 4; i++) {
            start(slots);
            end(slots);
        }

        assertThat(started).extracting(DueTask::priority).containsExactly(0, 0, 0, 3);
        assertThat(started).contains(aged);
    }

    /** Where nothing more urgent waits, the old backlog of one tenant takes no turns of another. */
    @Example
    void leavesTenantsTheirTurnsWhereOnlyOnePriorityWaits() {
        Slots slots = slots(Map.of("a", 1), 100);
        for (int i = 0; i < 20; i++) {
            add(slots, "a", 2, now.minus(Duration.ofHours(1)), "hog");
            add(slots, "a", 2, now, "other");
        }
        for (int i = 0; i < 10; i++) {
            now = now.plusSeconds(2);
            start(slots);
            end(slots);
        }

        assertThat(started).hasSize(10);
        assertThat(started).filteredOn(task -> task.tenant().equals("other")).hasSize(5);
    }

    /** Once the old one has started, those that came after it are as urgent as they are. */
    @Example
    void countsFreshOnesAsNoMoreUrgentAfterAnAgedOneOfTheirs() {
        Slots slots = slots(Map.of("a", 1, "b", 1), 1);
        DueTask aged = add(slots, "a", 3, now.minus(Duration.ofHours(1)), "default");
        for (int i = 0; i < 20; i++) {
            add(slots, "a", 3);
            add(slots, "b", 0);
        }
        for (int i = 0; i < 21; i++) {
            start(slots);
            end(slots);
        }

        assertThat(started.subList(0, 2)).contains(aged);
        assertThat(started).filteredOn(task -> task.priority() == 0).hasSize(20);
    }

    /** What is not in memory cannot age: a few of each priority stay when rows are given up for want of room. */
    @Example
    void keepsSomeOfEachPriorityWhenRowsAreGivenUp() {
        Map<String, Integer> limits = new TreeMap<>();
        for (int i = 0; i < 10; i++) {
            limits.put("t" + i, 1);
        }
        Slots slots = slots(limits, 100);
        for (String type : limits.keySet()) {
            for (int i = 0; i < 700; i++) {
                add(slots, type, i < 697 ? 0 : 3);
            }
        }

        assertThat(slots.giveUp())
                .isNotEmpty()
                .extracting(ready -> ready.task().priority())
                .contains(0, 3);

        assertThat(slots.waiting()).isLessThan(Slots.WAITING_MAX);
        List<DueTask> left = new ArrayList<>();
        slots.drop(each -> left.add(each.task()));
        assertThat(left).filteredOn(task -> task.priority() == 3).hasSize(20);
    }
}
