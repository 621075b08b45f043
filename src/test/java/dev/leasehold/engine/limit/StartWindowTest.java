package dev.leasehold.engine.limit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.task.StartRate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Against the rule as it is said: at most so many starts in any stretch of time as long as the window. */
class StartWindowTest {

    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration WINDOW = Duration.ofSeconds(1);

    /** How many of these lie within the window that ends at this time, its beginning left out. */
    private static long within(List<Instant> starts, Instant end) {
        return starts.stream()
                .filter(each -> each.isAfter(end.minus(WINDOW)) && !each.isAfter(end))
                .count();
    }

    /** Owners that forget everything and count again what is written down included. */
    @Property(tries = 100)
    void startsAsManyAsTheRateAllowsAndNoMore(@ForAll long seed, @ForAll @IntRange(min = 1, max = 12) int most) {
        Random random = new Random(seed);
        StartRate rate = new StartRate(most, WINDOW);
        StartWindow window = new StartWindow(rate, List.of());
        List<Instant> started = new ArrayList<>();
        Instant now = BEGIN;
        for (int i = 0; i < 500; i++) {
            now = now.plusMillis(random.nextInt(2_000 / most));
            if (random.nextInt(20) == 0) {
                Instant since = now.minus(WINDOW);
                List<Instant> written =
                        started.stream().filter(each -> each.isAfter(since)).toList();
                window = new StartWindow(rate, written.subList(Math.max(0, written.size() - most), written.size()));
            }
            boolean may = !window.next().isAfter(now);
            if (may) {
                assertThat(within(started, now)).as("starts before this one").isLessThan(most);
                window.started(now);
                started.add(now);
            } else {
                Instant since = now.minus(WINDOW).minus(StartWindow.CLOCKS_DIFFER);
                assertThat(started.stream().filter(each -> each.isAfter(since)))
                        .as("held back only while the rate is used up")
                        .hasSizeGreaterThanOrEqualTo(most);
            }
        }
    }

    @Example
    void letsTheNextOneStartAWindowAfterTheOldestOfThem() {
        StartWindow window = new StartWindow(new StartRate(2, WINDOW), List.of());
        assertThat(window.next()).isEqualTo(Instant.MIN);

        window.started(BEGIN);
        assertThat(window.next()).isEqualTo(Instant.MIN);
        window.started(BEGIN.plusMillis(400));

        assertThat(window.next()).isEqualTo(BEGIN.plus(WINDOW).plus(StartWindow.CLOCKS_DIFFER));
        window.started(window.next());
        assertThat(window.next()).isEqualTo(BEGIN.plusMillis(1_410));
    }

    @Example
    void countsAStartFromWhenItsHandlerBegan() {
        StartWindow window = new StartWindow(new StartRate(1, WINDOW), List.of());
        window.started(BEGIN);

        window.startedLater(BEGIN.plusMillis(300));
        window.startedLater(BEGIN.plusMillis(200));

        assertThat(window.next()).isEqualTo(BEGIN.plusMillis(1_310));
    }
}
