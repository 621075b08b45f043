package dev.leasehold.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leasehold.schedule.ScheduleRules.Misfire;
import dev.leasehold.schedule.ScheduleRules.Overlap;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.MonthDay;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RuledTest {

    private static final Instant NOW = Instant.parse("2026-11-20T09:30:00Z");
    private static final Schedule HOURLY = Cron.of("0 * * * *", ZoneOffset.UTC);
    private static final ExcludedDays WEEKENDS =
            new ExcludedDays(ZoneOffset.UTC, EnumSet.of(DayOfWeek.SATURDAY, DayOfWeek.SUNDAY), Set.of(), Set.of());

    @Test
    void isDueFromStartToEndBothIncluded() {
        Schedule schedule =
                HOURLY.with(ScheduleRules.NONE.withStart(at("12:00")).withEnd(at("14:00")));

        assertThat(dueTimes(schedule, NOW)).containsExactly(at("12:00"), at("13:00"), at("14:00"));
        assertThatThrownBy(() -> schedule.first(at("14:00")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("end was 2026-11-20T14:00:00Z");
    }

    @Test
    void aFixedRateKeepsThePhaseOfItsStartWhateverItsDueTimesBecome() {
        Schedule schedule = Schedule.fixedRate(Duration.ofMinutes(40)).with(ScheduleRules.NONE.withStart(at("00:10")));

        assertThat(schedule.first(at("09:31"))).isEqualTo(at("10:10"));
        assertThat(schedule.first(at("09:30"))).isEqualTo(at("09:30"));
        assertThat(schedule.next(at("10:10"), at("10:11"))).contains(at("10:50"));
        assertThat(schedule.next(at("10:13"), at("10:20"))).contains(at("10:50"));
        assertThat(schedule.next(at("10:10"), at("12:31"))).contains(at("12:50"));
    }

    @Test
    void settlingFixesThePhaseAndTheSeedOnce() {
        Schedule schedule =
                Schedule.fixedRate(Duration.ofMinutes(40)).with(ScheduleRules.NONE.withJitter(Duration.ofMinutes(5)));

        Schedule settled = schedule.settled(NOW, 42);

        assertThat(settled.rules().start()).isEqualTo(NOW);
        assertThat(settled.rules().jitterSeed()).hasValue(42);
        assertThat(settled.settled(at("12:00"), 43)).isEqualTo(settled);
        assertThat(settled.first(NOW)).isBetween(NOW, NOW.plus(Duration.ofMinutes(5)));
        assertThat(Schedule.fixedRate(Duration.ofMinutes(40))
                        .settled(NOW, 1)
                        .rules()
                        .start())
                .isEqualTo(NOW);
        assertThat(HOURLY.settled(NOW, 1)).isEqualTo(HOURLY);
    }

    @Test
    void startsLateWithinTheWindowOnly() {
        Schedule skip = HOURLY.with(ScheduleRules.NONE.withMisfire(Misfire.SKIP));
        Schedule once = HOURLY.with(ScheduleRules.NONE.withMisfireWindow(Duration.ofHours(2)));
        Schedule all = HOURLY.with(ScheduleRules.NONE.withMisfire(Misfire.ALL).withMisfireWindow(Duration.ofHours(3)));

        assertThat(skip.late(at("05:00"), at("05:01"))).isEqualTo(Schedule.Start.Run.INSTANCE);
        assertThat(skip.late(at("05:00"), at("05:02"))).isEqualTo(leaveOut("06:00"));
        assertThat(skip.late(at("05:00"), NOW)).isEqualTo(leaveOut("10:00"));
        assertThat(HOURLY.late(at("05:00"), NOW)).isEqualTo(Schedule.Start.Run.INSTANCE);
        assertThat(once.late(at("08:00"), NOW)).isEqualTo(Schedule.Start.Run.INSTANCE);
        assertThat(once.late(at("05:00"), NOW)).isEqualTo(leaveOut("08:00"));
        assertThat(all.late(at("05:00"), NOW)).isEqualTo(leaveOut("07:00"));
    }

    @Test
    void makesUpForMissedTimesAsThePolicySays() {
        Schedule once = HOURLY.with(ScheduleRules.NONE.withMisfireWindow(Duration.ofDays(1)));
        Schedule all = HOURLY.with(ScheduleRules.NONE.withMisfire(Misfire.ALL).withMisfireWindow(Duration.ofHours(3)));

        assertThat(once.next(at("05:00"), NOW, at("09:31"))).contains(at("10:00"));
        assertThat(all.next(at("05:00"), NOW, at("09:31"))).contains(at("07:00"));
        assertThat(all.next(at("07:00"), at("09:31"), at("09:32"))).contains(at("08:00"));
        assertThat(all.next(at("09:00"), at("09:33"), at("09:34"))).contains(at("10:00"));
    }

    @Test
    void keepsOrLeavesOutTimesThatCameDuringARun() {
        Schedule queue = HOURLY.with(ScheduleRules.NONE.withOverlap(Overlap.QUEUE));
        Schedule cancel = HOURLY.with(ScheduleRules.NONE.withOverlap(Overlap.CANCEL));

        assertThat(HOURLY.next(at("05:00"), at("05:01"), at("08:10"))).contains(at("09:00"));
        assertThat(queue.next(at("05:00"), at("05:01"), at("08:10"))).contains(at("06:00"));
        assertThat(queue.next(at("05:00"), at("05:01"), at("05:10"))).contains(at("06:00"));
        // The queued run stands for the times that it waited through: there is never more than one.
        assertThat(queue.next(at("06:00"), at("08:10"), at("08:20"))).contains(at("09:00"));
        assertThat(cancel.cancelAt(at("05:00"), at("05:01"))).contains(at("06:00"));
        assertThat(cancel.next(at("05:00"), at("05:01"), at("06:00").plusMillis(3)))
                .contains(at("06:00"));
        assertThat(queue.cancelAt(at("05:00"), at("05:01"))).isEmpty();
        assertThat(HOURLY.cancelAt(at("05:00"), at("05:01"))).isEmpty();
    }

    @Test
    void leavesOutExcludedDays() {
        ExcludedDays holidays = new ExcludedDays(
                ZoneId.of("Europe/Berlin"),
                EnumSet.of(DayOfWeek.SATURDAY, DayOfWeek.SUNDAY),
                Set.of(LocalDate.of(2026, 12, 28)),
                Set.of(MonthDay.of(12, 25), MonthDay.of(1, 1)));
        Schedule schedule = Cron.of("0 8 * * *", ZoneId.of("Europe/Berlin"))
                .with(ScheduleRules.NONE.withExcluded(holidays).withEnd(Instant.parse("2027-01-05T00:00:00Z")));

        assertThat(dueTimes(schedule, Instant.parse("2026-12-23T12:00:00Z")).stream()
                        .map(due -> due.toString().substring(0, 10)))
                .containsExactly("2026-12-24", "2026-12-29", "2026-12-30", "2026-12-31", "2027-01-04");
    }

    @Test
    void jitterReachesIntoNoExcludedDayEvenIfThatIsShort() {
        ZoneId berlin = ZoneId.of("Europe/Berlin");
        ExcludedDays sundays = new ExcludedDays(berlin, EnumSet.of(DayOfWeek.SUNDAY), Set.of(), Set.of());
        // The Sunday after has 23 hours: a day's jitter reaches over both of its midnights.
        Instant saturday = Instant.parse("2026-03-28T22:30:00Z");
        for (int seed = 0; seed < 200; seed++) {
            Schedule schedule = Cron.of("30 23 * * SAT", berlin)
                    .with(ScheduleRules.NONE
                            .withExcluded(sundays)
                            .withJitter(Duration.ofHours(24))
                            .withJitterSeed(seed));
            assertThat(schedule.first(saturday.minusSeconds(1))).isBetween(saturday, saturday.plusSeconds(1799));
        }
    }

    @Test
    void leavesAnExcludedDayForTheNextThatTheZoneHas() {
        // Samoa had no 30 December 2011.
        ZoneId apia = ZoneId.of("Pacific/Apia");
        ExcludedDays days = new ExcludedDays(
                apia, Set.of(), Set.of(LocalDate.of(2011, 12, 29), LocalDate.of(2011, 12, 31)), Set.of());
        Instant noon = LocalDate.of(2011, 12, 29).atTime(12, 0).atZone(apia).toInstant();

        assertThat(days.leave(noon))
                .isEqualTo(LocalDate.of(2012, 1, 1).atStartOfDay(apia).toInstant());
    }

    @Test
    void aFixedDelayThatEndsInAnExcludedDayIsDueWhenThatIsOver() {
        Schedule schedule = Schedule.fixedDelay(Duration.ofHours(20)).with(ScheduleRules.NONE.withExcluded(WEEKENDS));

        assertThat(schedule.next(NOW, NOW)).contains(Instant.parse("2026-11-23T00:00:00Z"));
        assertThat(schedule.first(Instant.parse("2026-11-21T10:00:00Z"))).isEqualTo("2026-11-23T00:00:00Z");
    }

    @Test
    void aFixedDelayOutOfItsWindowGoesOnAnIntervalLater() {
        Schedule schedule = Schedule.fixedDelay(Duration.ofHours(2)).with(ScheduleRules.NONE.withMisfire(Misfire.SKIP));

        assertThat(schedule.late(at("05:00"), at("05:00").plusSeconds(59))).isEqualTo(Schedule.Start.Run.INSTANCE);
        assertThat(schedule.late(at("05:00"), NOW)).isEqualTo(leaveOut("11:30"));
    }

    @Test
    void aRunAtOneInstantThatWasMissedIsOver() {
        Schedule schedule = Schedule.once(at("05:00")).with(ScheduleRules.NONE.withMisfireWindow(Duration.ofHours(1)));

        assertThat(schedule.first(at("04:00"))).isEqualTo(at("05:00"));
        assertThat(schedule.late(at("05:00"), at("06:00"))).isEqualTo(Schedule.Start.Run.INSTANCE);
        assertThat(schedule.late(at("05:00"), NOW)).isEqualTo(new Schedule.Start.LeaveOut(Optional.empty()));
    }

    @Test
    void spreadsTasksByTheirSeedAndTheSameTaskInTheSameWay() {
        List<Instant> first = new ArrayList<>();
        for (int seed = 0; seed < 1000; seed++) {
            Schedule schedule = HOURLY.with(
                    ScheduleRules.NONE.withJitter(Duration.ofMinutes(30)).withJitterSeed(seed));
            first.add(schedule.first(NOW));
            assertThat(schedule.first(NOW)).isEqualTo(first.get(seed));
        }

        for (int sixth = 0; sixth < 6; sixth++) {
            Instant from = at("10:00").plus(Duration.ofMinutes(5L * sixth));
            assertThat(first.stream().filter(due -> !due.isBefore(from) && due.isBefore(from.plusSeconds(300))))
                    .hasSizeBetween(120, 215);
        }
    }

    @Test
    void refusesRulesThatMakeNoSense() {
        Schedule everyTenMinutes = Schedule.fixedRate(Duration.ofMinutes(10));
        Schedule delay = Schedule.fixedDelay(Duration.ofMinutes(10));
        ScheduleRules none = ScheduleRules.NONE;

        assertRefused(() -> none.withStart(at("12:00")).withEnd(at("11:00")), "must not be after end");
        assertRefused(() -> none.withJitter(Duration.ofHours(25)), "between PT0S and PT24H, not PT25H");
        assertRefused(() -> none.withJitter(Duration.ofSeconds(-1)), "between PT0S and PT24H");
        assertRefused(() -> none.withJitter(Duration.ofNanos(1)), "whole milliseconds");
        assertRefused(() -> none.withMisfireWindow(Duration.ZERO), "misfire_window must be between PT1S");
        assertRefused(
                () -> none.withMisfire(Misfire.ALL).withMisfireWindow(Duration.ofDays(32)), "PT744H with misfire all");
        assertRefused(() -> everyTenMinutes.with(none.withJitter(Duration.ofMinutes(11))), "above the interval");
        assertRefused(() -> delay.with(none.withOverlap(Overlap.QUEUE)), "cron and fixed_rate only");
        assertRefused(() -> delay.with(none.withMisfire(Misfire.ALL)), "cron and fixed_rate only");
        assertRefused(() -> Schedule.now().with(none.withStart(NOW)), "give at");
        assertRefused(() -> Schedule.now().with(none.withEnd(NOW)), "end does not go with once");
        assertRefused(() -> Schedule.now().with(none.withExcluded(WEEKENDS)), "does not go with once");
        assertRefused(() -> Schedule.fixedRate(Duration.ofNanos(200_000_001)), "whole milliseconds");
        assertRefused(() -> Schedule.fixedRate(Duration.ofMillis(99)), "between PT0.1S");
    }

    @Test
    void refusesWhatLeavesNoTimeAtOnce() {
        ScheduleRules weekdaysOnly = ScheduleRules.NONE.withExcluded(WEEKENDS);
        long before = System.nanoTime();

        assertRefused(
                () -> Cron.of("0 0 * * SUN", ZoneOffset.UTC).with(weekdaysOnly), "no time of the schedule is left");
        assertRefused(
                () -> Cron.of("* * * * * SUN", ZoneOffset.UTC).with(weekdaysOnly), "no time of the schedule is left");
        assertRefused(
                () -> HOURLY.with(ScheduleRules.NONE.withStart(at("12:01")).withEnd(at("12:59"))),
                "no time of the schedule is left");
        assertRefused(
                () -> new ExcludedDays(ZoneOffset.UTC, EnumSet.allOf(DayOfWeek.class), Set.of(), Set.of()),
                "leaves no day");
        assertRefused(() -> new ExcludedDays(ZoneOffset.UTC, Set.of(), Set.of(), everyDayOfAYear()), "leaves no day");
        assertRefused(() -> new ExcludedDays(ZoneOffset.UTC, Set.of(), Set.of(), Set.of()), "needs weekdays");

        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
    }

    private static Set<MonthDay> everyDayOfAYear() {
        return Set.copyOf(LocalDate.of(2028, 1, 1)
                .datesUntil(LocalDate.of(2029, 1, 1))
                .map(MonthDay::from)
                .toList());
    }

    private static void assertRefused(Runnable construction, String message) {
        assertThatThrownBy(construction::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    private static List<Instant> dueTimes(Schedule schedule, Instant now) {
        return Stream.iterate(
                        Optional.of(schedule.first(now)),
                        Optional::isPresent,
                        due -> due.flatMap(d -> schedule.next(d, d)))
                .map(Optional::orElseThrow)
                .toList();
    }

    private static Schedule.Start leaveOut(String next) {
        return new Schedule.Start.LeaveOut(Optional.of(at(next)));
    }

    private static Instant at(String time) {
        return Instant.parse("2026-11-20T" + time + ":00Z");
    }
}
