package dev.leasehold.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.schedule.ScheduleRules.Misfire;
import dev.leasehold.schedule.ScheduleRules.Overlap;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Lets random schedules run through random histories of late starts, long runs and downtime, and holds what was run
 * against the plain list of their times. The seed of a failed history is in the message.
 */
class SchedulePropertiesTest {

    private static final int HISTORIES = 1_500;
    private static final List<ZoneId> ZONES = List.of(
            ZoneId.of("Europe/Berlin"),
            ZoneId.of("America/New_York"),
            ZoneId.of("Australia/Lord_Howe"),
            ZoneId.of("UTC"));

    /** A run that was started, or a due time that was left out at its start. */
    private record Step(Instant dueAt, Instant startedAt, Instant finishedAt, boolean run) {}

    private record History(String name, Schedule schedule, List<Instant> times, List<Step> steps, Instant until) {}

    private static final List<History> ALL = IntStream.range(0, HISTORIES)
            .mapToObj(SchedulePropertiesTest::history)
            .toList();

    @Test
    void noTimeIsLostOrDoubledExceptAsThePolicySays() {
        for (History history : ALL) {
            List<Instant> dueTimes = history.steps.stream().map(Step::dueAt).toList();

            assertThat(dueTimes).as(history.name).isSorted().doesNotHaveDuplicates();
            assertThat(history.times).as(history.name).containsAll(dueTimes);
            for (int i = 0; i < history.steps.size(); i++) {
                Step step = history.steps.get(i);
                Instant next =
                        i + 1 < history.steps.size() ? history.steps.get(i + 1).dueAt() : history.until;
                for (Instant left : between(history.times, step.dueAt(), next)) {
                    assertThat(mayBeLeftOut(history.schedule.rules(), step, left))
                            .as("%s: %s left out after %s", history.name, left, step)
                            .isTrue();
                }
            }
        }
    }

    @Test
    void nothingIsRunLaterThanItsWindow() {
        for (History history : ALL) {
            Optional<Duration> window = history.schedule.rules().effectiveWindow();
            for (Step step : history.steps) {
                boolean within = window.isEmpty()
                        || Duration.between(step.dueAt(), step.startedAt()).compareTo(window.get()) <= 0;
                assertThat(step.run()).as("%s: %s", history.name, step).isEqualTo(within);
            }
        }
    }

    @Test
    void nothingIsDueOutOfItsBoundsOrBeforeItsTime() {
        for (History history : ALL) {
            ScheduleRules rules = history.schedule.rules();
            ExcludedDays excluded = rules.excluded();
            for (Instant due : history.times) {
                assertThat(excluded != null && excluded.contains(due))
                        .as("%s: %s", history.name, due)
                        .isFalse();
                assertThat(rules.start() != null && due.isBefore(rules.start()))
                        .as(history.name)
                        .isFalse();
                assertThat(rules.end() != null && due.isAfter(rules.end()))
                        .as(history.name)
                        .isFalse();
            }
        }
    }

    @Test
    void jitterComesAfterItsTimeAndBeforeTheNext() {
        for (History history : ALL) {
            ScheduleRules plain = history.schedule.rules().withJitter(Duration.ZERO);
            Instant last = history.times.get(history.times.size() - 1);
            Instant from = plain.start() == null ? history.until : plain.start().minusMillis(1);
            List<Instant> times = times(history.schedule.with(plain), from, last.plusMillis(1));
            for (Instant due : history.times) {
                Instant time = times.get(atMost(times, due));
                assertThat(Duration.between(time, due))
                        .as("%s: %s", history.name, due)
                        .isBetween(Duration.ZERO, history.schedule.rules().jitter());
            }
            assertThat(history.times.stream().map(due -> atMost(times, due)))
                    .as(history.name)
                    .containsExactlyElementsOf(
                            IntStream.range(0, times.size()).boxed().toList());
        }
    }

    @Test
    void aFixedRateKeepsItsPhaseAndLeavesOutExcludedDaysOnly() {
        for (int seed = 0; seed < HISTORIES; seed++) {
            Random random = new Random(seed);
            Instant start = Instant.ofEpochMilli(1_790_000_000_000L + random.nextInt(1_000_000_000));
            Duration interval = Duration.ofMillis(3_600_000 + random.nextInt(40_000_000));
            ZoneId zone = ZONES.get(random.nextInt(ZONES.size()));
            ExcludedDays excluded = new ExcludedDays(
                    zone,
                    EnumSet.of(pick(random, DayOfWeek.values()), pick(random, DayOfWeek.values())),
                    Set.of(),
                    Set.of());
            Schedule schedule = Schedule.fixedRate(interval)
                    .with(ScheduleRules.NONE.withStart(start).withExcluded(excluded));

            List<Instant> expected = new ArrayList<>();
            Instant until = start.plus(interval.multipliedBy(300));
            for (Instant time = start; time.isBefore(until); time = time.plus(interval)) {
                LocalDate date = LocalDate.ofInstant(time, zone);
                if (!excluded.weekdays().contains(date.getDayOfWeek())) {
                    expected.add(time);
                }
            }

            assertThat(times(schedule, start, until))
                    .as("seed %s: %s", seed, schedule)
                    .isEqualTo(expected);
        }
    }

    /** Whether a time that came after a step's due time, and before the next step's, is one that its policy drops. */
    private static boolean mayBeLeftOut(ScheduleRules rules, Step step, Instant left) {
        Instant oldest = rules.effectiveWindow().map(step.finishedAt()::minus).orElse(Instant.MIN);
        if (left.isBefore(oldest)) {
            return true;
        }
        if (!left.isAfter(step.startedAt())) {
            return rules.misfire() != Misfire.ALL;
        }
        return !left.isAfter(step.finishedAt()) && rules.overlap() == Overlap.SKIP;
    }

    private static History history(int seed) {
        Random random = new Random(seed);
        Instant now = Instant.ofEpochSecond(1_790_000_000L + random.nextInt(40_000_000));
        Schedule schedule = schedule(random, now).settled(now, seed);
        Instant until = now.plus(Duration.ofDays(4));
        List<Instant> times = times(schedule, now, until);
        List<Step> steps = new ArrayList<>();
        Optional<Instant> due = Optional.of(times.get(0));
        Instant clock = now;
        while (due.isPresent() && due.get().isBefore(until) && clock.isBefore(until)) {
            // Nobody is there for a while, now and then for long; a run takes its time.
            Instant started =
                    later(due.get(), clock).plusMillis(random.nextInt(20) == 0 ? random.nextInt(40_000_000) : 5);
            if (schedule.late(due.get(), started) instanceof Schedule.Start.LeaveOut leaveOut) {
                steps.add(new Step(due.get(), started, started, false));
                due = leaveOut.next();
                clock = started;
            } else {
                Instant finished = started.plusMillis(random.nextInt(10) == 0 ? random.nextInt(9_000_000) : 100);
                steps.add(new Step(due.get(), started, finished, true));
                due = schedule.next(due.get(), started, finished);
                clock = finished;
            }
        }
        Instant end = due.isPresent() ? earlier(due.get(), until) : until;
        return new History("history " + seed + " of " + schedule, schedule, times, steps, end);
    }

    private static Schedule schedule(Random random, Instant now) {
        ZoneId zone = ZONES.get(random.nextInt(ZONES.size()));
        Duration interval = Duration.ofSeconds(600 + random.nextInt(20_000));
        Schedule rhythm = random.nextBoolean()
                ? Schedule.fixedRate(interval)
                : Cron.of(
                        (5 * random.nextInt(12)) + "/" + (10 + random.nextInt(40)) + " "
                                + List.of("*", "*/3", "1-4", "0,2,9,23").get(random.nextInt(4)) + " * * *",
                        zone);
        ScheduleRules rules = ScheduleRules.NONE
                .withMisfire(pick(random, Misfire.values()))
                .withOverlap(pick(random, Overlap.values()))
                .withStart(now.plusSeconds(random.nextInt(5_000)));
        if (random.nextBoolean()) {
            rules = rules.withMisfireWindow(Duration.ofSeconds(60 + random.nextInt(40_000)));
        }
        if (random.nextBoolean()) {
            rules = rules.withJitter(Duration.ofMillis(random.nextInt(600_000)));
        }
        if (random.nextInt(3) == 0) {
            Set<LocalDate> dates = Set.of(LocalDate.ofInstant(now, zone).plusDays(1 + random.nextInt(3)));
            rules = rules.withExcluded(
                    new ExcludedDays(zone, EnumSet.of(pick(random, DayOfWeek.values())), dates, Set.of()));
        }
        if (random.nextInt(3) == 0) {
            rules = rules.withEnd(now.plus(Duration.ofDays(3)).plusMillis(random.nextInt(100_000_000)));
        }
        return rhythm.with(rules);
    }

    /** All due times up to an instant, as a node would see them that is always there and takes no time. */
    private static List<Instant> times(Schedule schedule, Instant from, Instant until) {
        List<Instant> times = new ArrayList<>();
        Optional<Instant> due = Optional.of(schedule.first(from));
        while (due.isPresent() && due.get().isBefore(until)) {
            times.add(due.get());
            Optional<Instant> next = schedule.next(due.get(), due.get());
            assertThat(next.isEmpty() || next.get().isAfter(due.get()))
                    .as("%s after %s", schedule, due)
                    .isTrue();
            due = next;
        }
        return times.isEmpty() ? List.of(due.orElseThrow()) : times;
    }

    private static List<Instant> between(List<Instant> times, Instant after, Instant before) {
        return List.copyOf(new TreeSet<>(times).subSet(after, false, before, false));
    }

    private static int atMost(List<Instant> times, Instant instant) {
        int found = -1;
        while (found + 1 < times.size() && !times.get(found + 1).isAfter(instant)) {
            found++;
        }
        return found;
    }

    private static <T> T pick(Random random, T[] values) {
        return values[random.nextInt(values.length)];
    }

    private static Instant later(Instant one, Instant other) {
        return other.isAfter(one) ? other : one;
    }

    private static Instant earlier(Instant one, Instant other) {
        return other.isBefore(one) ? other : one;
    }
}
