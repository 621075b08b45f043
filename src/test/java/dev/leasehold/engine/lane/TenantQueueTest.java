package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class TenantQueueTest {

    private record Waits(String tenant, int number) {}

    private static TenantQueue<Waits> queue(Map<String, Integer> weights) {
        return new TenantQueue<>(tenant -> weights.getOrDefault(tenant, 1));
    }

    private static void add(TenantQueue<Waits> queue, String tenant, int count) {
        for (int i = 0; i < count; i++) {
            queue.add(tenant, new Waits(tenant, i));
        }
    }

    private static String next(TenantQueue<Waits> queue) {
        Waits next = queue.poll(each -> true, each -> false);
        return next == null ? "" : next.tenant();
    }

    /** Tenants come and go; over every stretch in which two wait all the time, their shares are as their weights. */
    @Property(tries = 200)
    void sharesStartsByWeightWithinOneStartOfEach(@ForAll long seed) {
        Random random = new Random(seed);
        int weightOfA = 1 + random.nextInt(5);
        int weightOfB = 1 + random.nextInt(5);
        TenantQueue<Waits> queue = queue(Map.of("a", weightOfA, "b", weightOfB));
        double bound = 1.0 / weightOfA + 1.0 / weightOfB + 1e-6;
        Map<String, Integer> waiting = new HashMap<>();
        // Differences of starts over weights since both began to wait, and how far they swung to either side.
        double difference = 0;
        double low = 0;
        double high = 0;
        for (int i = 0; i < 2_000; i++) {
            for (String tenant : List.of("a", "b", "c")) {
                int count = random.nextInt(8) == 0 ? random.nextInt(40) : 0;
                add(queue, tenant, count);
                waiting.merge(tenant, count, Integer::sum);
            }
            String started = next(queue);
            if (started.isEmpty()) {
                continue;
            }
            waiting.merge(started, -1, Integer::sum);
            difference += started.equals("a") ? 1.0 / weightOfA : started.equals("b") ? -1.0 / weightOfB : 0;
            low = Math.min(low, difference);
            high = Math.max(high, difference);
            if (waiting.getOrDefault("a", 0) == 0 || waiting.getOrDefault("b", 0) == 0) {
                difference = low = high = 0;
            } else {
                assertThat(high - low)
                        .as("within one stretch, weights %d and %d", weightOfA, weightOfB)
                        .isLessThanOrEqualTo(bound);
            }
        }
    }

    @Example
    void sharesALongBacklogByWeight() {
        TenantQueue<Waits> queue = queue(Map.of("a", 3));
        add(queue, "a", 1_000);
        add(queue, "b", 1_000);
        Map<String, Integer> starts = new HashMap<>();

        for (int i = 0; i < 800; i++) {
            starts.merge(next(queue), 1, Integer::sum);
        }

        assertThat(starts.get("a")).isBetween(599, 601);
    }

    @Example
    void letsAFewTasksPassABacklogAndKeepsTheOrderOfEach() {
        TenantQueue<Waits> queue = queue(Map.of());
        add(queue, "hog", 5_000);
        for (int i = 0; i < 1_000; i++) {
            next(queue);
        }
        add(queue, "small", 3);
        List<Waits> started = new ArrayList<>();

        for (int i = 0; i < 7; i++) {
            started.add(queue.poll(each -> true, each -> false));
        }

        assertThat(started)
                .filteredOn(each -> each.tenant().equals("small"))
                .extracting(Waits::number)
                .containsExactly(0, 1, 2);
        assertThat(started)
                .filteredOn(each -> each.tenant().equals("hog"))
                .extracting(Waits::number)
                .isSorted();
    }

    /** One that brings a task whenever its last one starts must not have each of them first. */
    @Example
    void savesUpNothingByComingAndGoing() {
        TenantQueue<Waits> queue = queue(Map.of());
        add(queue, "hog", 1_000);
        Map<String, Integer> starts = new HashMap<>();

        for (int i = 0; i < 200; i++) {
            if (starts.getOrDefault("drip", 0) == i - starts.getOrDefault("hog", 0)) {
                add(queue, "drip", i == 0 || isGone(queue) ? 1 : 0);
            }
            starts.merge(next(queue), 1, Integer::sum);
        }

        assertThat(starts.get("drip")).isBetween(99, 101);
    }

    private static boolean isGone(TenantQueue<Waits> queue) {
        return queue.tenants() == 1;
    }

    @Example
    void goesOnWithTheNextTenantWhereNoneOfTheFirstMayStart() {
        TenantQueue<Waits> queue = queue(Map.of("barred", 10));
        add(queue, "barred", 5);
        add(queue, "free", 2);

        Waits next = queue.poll(each -> each.tenant().equals("free"), each -> false);

        assertThat(next).isEqualTo(new Waits("free", 0));
    }

    /** Alone, it is a queue like any other. */
    @Property(tries = 50)
    void isFirstInFirstOutForOneTenant(@ForAll long seed) {
        Random random = new Random(seed);
        TenantQueue<Waits> queue = queue(Map.of());
        Deque<Waits> plain = new ArrayDeque<>();
        for (int i = 0; i < 500; i++) {
            if (random.nextBoolean()) {
                queue.add("t", new Waits("t", i));
                plain.add(new Waits("t", i));
            } else {
                int odd = random.nextInt(3);
                Waits expected = plain.stream()
                        .filter(each -> each.number() % 3 != odd)
                        .findFirst()
                        .orElse(null);
                plain.remove(expected);
                assertThat(queue.poll(each -> each.number() % 3 != odd, each -> false))
                        .isEqualTo(expected);
            }
            assertThat(queue.size()).isEqualTo(plain.size());
        }
    }

    @Example
    void cutsTheLongestLineFromItsEnd() {
        TenantQueue<Waits> queue = queue(Map.of());
        add(queue, "long", 3);
        add(queue, "short", 2);

        assertThat(queue.cutLast(each -> true)).isEqualTo(new Waits("long", 2));
        assertThat(queue.cutLast(each -> each.tenant().equals("short"))).isEqualTo(new Waits("short", 1));
        assertThat(queue.size()).isEqualTo(3);
        queue.removeIf(each -> each.number() == 0);
        assertThat(queue.size()).isEqualTo(1);
    }
}
