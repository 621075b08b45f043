package dev.leasehold.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.scheduling.support.CronExpression;

/**
 * Compares our cron times with those of Spring. Known differences are kept out of the comparison: Spring joins the two day
 * fields by "and" (two of its expressions make an "or"), counts weekday steps from Monday, and has rules of its own for
 * changes of the clock. So Spring is asked on a clock without changes, and what a zone makes of a wall-clock time is
 * computed here in the plainest way: by trying instants one after the other.
 */
class CronDifferentialTest {

    private static final int EXPRESSIONS = 12_000;
    private static final List<String> ZONES = ZoneId.getAvailableZoneIds().stream()
            .filter(id -> !id.startsWith("SystemV"))
            .sorted()
            .toList();

    /** Zones with small, large, midnight, negative and politically sudden changes. */
    private static final List<String> CHANGING = List.of(
            "Europe/Berlin",
            "Europe/Dublin",
            "America/New_York",
            "America/Sao_Paulo",
            "America/Havana",
            "America/St_Johns",
            "Australia/Lord_Howe",
            "Australia/Sydney",
            "Africa/Casablanca",
            "Africa/Cairo",
            "Asia/Beirut",
            "Asia/Gaza",
            "Asia/Tehran",
            "Asia/Pyongyang",
            "Pacific/Apia",
            "Pacific/Chatham",
            "Pacific/Kwajalein",
            "Antarctica/Troll",
            "Asia/Kathmandu",
            "America/Caracas");

    @Test
    void agreesWithSpringOnAClockThatNeverChanges() {
        Random random = new Random(20_261);
        RandomCron crons = new RandomCron(random);
        List<String> different = new ArrayList<>();
        int compared = 0;

        for (int i = 0; i < EXPRESSIONS; i++) {
            String time = crons.secondsToHours();
            String month = crons.month();
            String ofMonth = random.nextInt(3) == 0 ? "*" : crons.dayOfMonth();
            String ofWeek = random.nextInt(2) == 0 ? "*" : crons.dayOfWeek();
            boolean either = !ofMonth.equals("*") && !ofWeek.equals("*");
            CronExpression one = spring(time, ofMonth, month, either ? "*" : ofWeek);
            CronExpression other = either ? spring(time, "*", month, ofWeek) : one;
            LocalDateTime start = LocalDateTime.of(1970, 1, 1, 0, 0).plusSeconds((long) (random.nextDouble() * 4.1e9));
            String expression = time + " " + ofMonth + " " + month + " " + ofWeek;

            LocalDateTime theirs = start;
            Optional<Cron> cron = parse(expression);
            for (int n = 0; n < 4 && theirs != null; n++) {
                LocalDateTime from = theirs;
                theirs = earlier(one.next(from), other.next(from));
                LocalDateTime ours = cron.flatMap(c -> c.after(from.toInstant(ZoneOffset.UTC)))
                        .map(at -> LocalDateTime.ofInstant(at, ZoneOffset.UTC))
                        .orElse(null);
                compared++;
                if (!Objects.equals(ours, theirs)) {
                    different.add(expression + " after " + from + ": " + ours + ", Spring " + theirs);
                }
            }
        }

        assertThat(different).isEmpty();
        assertThat(compared).isGreaterThan(3 * EXPRESSIONS);
    }

    @Test
    void agreesWithSpringInEveryZoneOnDaysWithoutAChangeOfTheClock() {
        Random random = new Random(7);
        RandomCron crons = new RandomCron(random);
        List<String> different = new ArrayList<>();
        int compared = 0;

        for (int i = 0; i < EXPRESSIONS; i++) {
            ZoneId zone = ZoneId.of(ZONES.get(i % ZONES.size()));
            String expression = crons.secondsToHours() + " * * " + (random.nextBoolean() ? "*" : crons.dayOfWeek());
            ZonedDateTime from =
                    Instant.ofEpochSecond((long) (random.nextDouble() * 4.1e9)).atZone(zone);
            ZonedDateTime theirs = CronExpression.parse(expression).next(from);
            if (theirs == null || changesBetween(zone, from.toInstant(), theirs.toInstant())) {
                continue;
            }
            compared++;
            Optional<Instant> ours = Cron.of(expression, zone).after(from.toInstant());
            if (!ours.equals(Optional.of(theirs.toInstant()))) {
                different.add(expression + " after " + from + ": " + ours + ", Spring " + theirs);
            }
        }

        assertThat(different).isEmpty();
        assertThat(compared).isGreaterThan(EXPRESSIONS / 2);
    }

    @Test
    void keepsItsPolicyThroughEveryChangeOfTheClock() {
        Random random = new Random(99);
        RandomCron crons = new RandomCron(random);
        List<String> different = new ArrayList<>();
        int changes = 0;

        for (String id : CHANGING) {
            ZoneId zone = ZoneId.of(id);
            ZoneOffsetTransition change = zone.getRules().nextTransition(Instant.parse("1969-12-31T00:00:00Z"));
            while (change != null && change.getInstant().isBefore(Instant.parse("2040-01-01T00:00:00Z"))) {
                changes++;
                // On whole minutes, so that all instants around the change can be tried.
                String hours = random.nextInt(3) == 0
                        ? "*"
                        : random.nextInt(24) + "," + change.getDateTimeBefore().getHour();
                String expression = "0 " + (random.nextBoolean() ? "*/" + (1 + random.nextInt(30)) : "0,15,59") + " "
                        + hours + " * * " + (random.nextInt(4) == 0 ? crons.dayOfWeek() : "*");
                for (DstPolicy.Gap gap : DstPolicy.Gap.values()) {
                    for (DstPolicy.Overlap overlap : DstPolicy.Overlap.values()) {
                        compareAround(change, Cron.of(expression, zone, gap, overlap), different);
                    }
                }
                change = zone.getRules().nextTransition(change.getInstant());
            }
        }

        assertThat(different).isEmpty();
        assertThat(changes).isGreaterThan(1_500);
    }

    private static void compareAround(ZoneOffsetTransition change, Cron cron, List<String> different) {
        Duration reach = change.getDuration().abs().plusHours(3);
        Instant from = change.getInstant().minus(reach);
        Instant to = change.getInstant().plus(reach);
        List<Instant> ours = new ArrayList<>();
        Optional<Instant> next = cron.after(from);
        while (next.isPresent() && next.get().isBefore(to)) {
            ours.add(next.get());
            next = cron.after(next.get());
        }
        NavigableSet<Instant> plain = plain(cron, from, to);
        // From everywhere, not only from one time to the next: a run may end at any instant.
        for (Instant at = from; at.isBefore(to); at = at.plusSeconds(397)) {
            Instant expected = plain.higher(at);
            Instant found = cron.after(at).orElse(Instant.MAX);
            if (expected == null ? found.isBefore(to) : !expected.equals(found)) {
                different.add(cron + " " + cron.dst() + " after " + at + ": " + found + ", expected " + expected);
            }
        }
        if (!ours.equals(List.copyOf(plain))) {
            different.add(cron + " " + cron.dst() + " around " + change + ": " + ours + ", expected " + plain);
        }
    }

    /** Tries every minute after {@code from} up to {@code to}. */
    private static NavigableSet<Instant> plain(Cron cron, Instant from, Instant to) {
        CronExpression spring = CronExpression.parse(cron.expression());
        Predicate<LocalDateTime> matches = time -> time.equals(spring.next(time.minusSeconds(1)));
        TreeSet<Instant> times = new TreeSet<>();
        for (Instant at = from.plusSeconds(60); at.isBefore(to); at = at.plusSeconds(60)) {
            LocalDateTime local = LocalDateTime.ofInstant(at, cron.zone());
            List<ZoneOffset> offsets = cron.zone().getRules().getValidOffsets(local);
            boolean first = local.toInstant(offsets.get(0)).equals(at);
            if (matches.test(local) && (first || cron.dst().overlap() == DstPolicy.Overlap.TWICE)) {
                times.add(at);
            }
            ZoneOffsetTransition change = cron.zone()
                    .getRules()
                    .getTransition(
                            LocalDateTime.ofInstant(at, cron.zone().getRules().getOffset(at.minusNanos(1))));
            if (change != null
                    && change.isGap()
                    && change.getInstant().equals(at)
                    && cron.dst().gap() == DstPolicy.Gap.FIRST_AFTER) {
                LocalDateTime left = change.getDateTimeBefore();
                while (left.isBefore(change.getDateTimeAfter())) {
                    if (matches.test(left)) {
                        times.add(at);
                    }
                    left = left.plusMinutes(1);
                }
            }
        }
        return times;
    }

    private static boolean changesBetween(ZoneId zone, Instant from, Instant to) {
        ZoneOffsetTransition change = zone.getRules().nextTransition(from.minus(Duration.ofDays(2)));
        return change != null && change.getInstant().isBefore(to.plus(Duration.ofDays(2)));
    }

    private static CronExpression spring(String time, String ofMonth, String month, String ofWeek) {
        return CronExpression.parse(time + " " + ofMonth + " " + month + " " + ofWeek);
    }

    /** Ours refuses what never comes true; Spring says null to each question. */
    private static Optional<Cron> parse(String expression) {
        try {
            return Optional.of(Cron.of(expression, ZoneOffset.UTC));
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageContaining("never comes true");
            return Optional.empty();
        }
    }

    private static @Nullable LocalDateTime earlier(@Nullable LocalDateTime one, @Nullable LocalDateTime other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.isBefore(other) ? one : other;
    }
}
