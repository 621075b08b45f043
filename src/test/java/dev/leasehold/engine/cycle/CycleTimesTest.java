package dev.leasehold.engine.cycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.store.DueTask;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The database's clock as it is guessed, the idle interval, and the records of cycles. */
class CycleTimesTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private static final DueTask TASK =
            new DueTask(1, 0, 2, NOON, 1, 1, 1, 0, 0, 0, "default", "t", null, null, "{}", null, null, null);

    private final AtomicLong nanos = new AtomicLong(5_000_000_000L);

    @Test
    void carriesTheDatabasesTimeOnByMonotonicTime() {
        DatabaseClock clock = new DatabaseClock(nanos::get, NOON.minusSeconds(3600));

        clock.observe(NOON, nanos.get(), nanos.addAndGet(2_000_000));
        nanos.addAndGet(10_000_000_000L);

        assertThat(Duration.between(NOON.plusSeconds(10), clock.get()).abs()).isLessThan(Duration.ofMillis(3));
    }

    @Test
    void isNotMisledByASlowAnswerOnceItKnowsBetter() {
        DatabaseClock clock = new DatabaseClock(nanos::get, NOON);
        clock.observe(NOON, nanos.get(), nanos.addAndGet(1_000_000));

        // Two seconds under way: the time shown belongs to some moment of them.
        clock.observe(NOON.plusMillis(1), nanos.get(), nanos.addAndGet(2_000_000_000L));

        assertThat(Duration.between(NOON.plusMillis(2001), clock.get()).abs()).isLessThan(Duration.ofMillis(4));
    }

    @Test
    void followsAStepOfTheDatabasesClock() {
        DatabaseClock clock = new DatabaseClock(nanos::get, NOON);
        clock.observe(NOON, nanos.get(), nanos.addAndGet(1_000_000));

        clock.observe(NOON.minusSeconds(60), nanos.get(), nanos.addAndGet(1_000_000));

        assertThat(Duration.between(NOON.minusSeconds(60), clock.get()).abs()).isLessThan(Duration.ofMillis(3));
    }

    @Test
    @Tag("row45")
    void keepsTheLastKnownIntervalWhenNothingCanBeTold() {
        IdleInterval interval = new IdleInterval(Duration.ofSeconds(2), Duration.ofSeconds(15));
        assertThat(interval.now()).isEqualTo(Duration.ofSeconds(2));
        assertThat(interval.seen(false))
                .hasValueSatisfying(change -> assertThat(change.to()).isEqualTo(Duration.ofSeconds(15)));

        assertThat(interval.unknown()).isTrue();
        assertThat(interval.unknown()).as("said once").isFalse();

        assertThat(interval.now()).isEqualTo(Duration.ofSeconds(15));
        assertThat(interval.degraded()).isTrue();
        assertThat(interval.seen(true))
                .hasValueSatisfying(change -> assertThat(change.reason()).isEqualTo("there are active tasks"));
        assertThat(interval.degraded()).isFalse();
    }

    @Test
    void countsARunAsFoundOnceThoughItIsHandedOutAgain() {
        FoundOnce once = new FoundOnce();
        assertThat(once.isNew(TASK)).isTrue();
        once.abandoned(TASK);
        assertThat(once.isNew(TASK)).as("the same run again").isFalse();
        assertThat(once.isNew(run(2, 1))).as("the next run").isTrue();
        once.abandoned(run(2, 1));
        assertThat(once.isNew(run(3, 1))).as("another one than the abandoned").isTrue();
        assertThat(once.isNew(run(3, 2))).as("a further attempt").isFalse();
    }

    private static DueTask run(int runNo, int attempt) {
        return new DueTask(
                1, 0, 2, NOON, 1, runNo, attempt, 0, 0, 0, "default", "t", null, null, "{}", null, null, null);
    }

    @Test
    @Tag("row47")
    void keepsRecordsUntilTheyAreWritten() {
        CycleLog log = new CycleLog();
        log.started(TASK, true, 0);
        assertThat(log.close(false, Duration.ofSeconds(2), 500_000_000)).isFalse();
        assertThat(log.close(false, Duration.ofSeconds(2), 1_000_000_000)).isTrue();
        String first = log.next();
        assertThat(first).contains("\"found\":1").contains("\"duration_ms\":1000");
        assertThat(log.next()).as("one at a time").isNull();

        log.notWritten();
        log.started(TASK, true, 2_000_000_000L);
        log.close(true, Duration.ofSeconds(2), 2_100_000_000L);

        assertThat(log.next()).isEqualTo(first);
        log.written();
        assertThat(log.next()).contains("\"duration_ms\":100");
    }
}
