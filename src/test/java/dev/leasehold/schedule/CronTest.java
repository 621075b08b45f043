package dev.leasehold.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CronTest {

    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 9 * * MON-FRI      | 2026-11-20T09:00:00Z | 2026-11-23T09:00:00Z
            */20 * * * * *       | 2026-11-20T09:00:00Z | 2026-11-20T09:00:20Z
            @hourly              | 2026-11-20T09:00:00Z | 2026-11-20T10:00:00Z
            @daily               | 2026-11-20T09:00:00Z | 2026-11-21T00:00:00Z
            @Midnight            | 2026-11-20T09:00:00Z | 2026-11-21T00:00:00Z
            @weekly              | 2026-11-20T09:00:00Z | 2026-11-22T00:00:00Z
            @monthly             | 2026-11-20T09:00:00Z | 2026-12-01T00:00:00Z
            @yearly              | 2026-11-20T09:00:00Z | 2027-01-01T00:00:00Z
            @annually            | 2026-11-20T09:00:00Z | 2027-01-01T00:00:00Z
            0 0 12 ? * WED       | 2026-11-20T09:00:00Z | 2026-11-25T12:00:00Z
            0 0 12 1 * ?         | 2026-11-20T09:00:00Z | 2026-12-01T12:00:00Z
            0 0 L * *            | 2028-02-01T00:00:00Z | 2028-02-29T00:00:00Z
            0 0 L-3 * *          | 2026-11-01T00:00:00Z | 2026-11-27T00:00:00Z
            0 0 LW * *           | 2027-01-01T00:00:00Z | 2027-01-29T00:00:00Z
            0 0 L-1W * *         | 2027-01-01T00:00:00Z | 2027-01-29T00:00:00Z
            0 0 1W * *           | 2027-05-01T00:00:00Z | 2027-05-03T00:00:00Z
            0 0 31W * *          | 2026-11-01T00:00:00Z | 2026-12-31T00:00:00Z
            0 0 1,15W,L * *      | 2026-11-02T00:00:00Z | 2026-11-16T00:00:00Z
            0 0 * * FRIL         | 2026-11-01T00:00:00Z | 2026-11-27T00:00:00Z
            0 0 * * 5L           | 2026-11-01T00:00:00Z | 2026-11-27T00:00:00Z
            0 0 * * 7L           | 2026-11-01T00:00:00Z | 2026-11-29T00:00:00Z
            0 0 * * MON#2        | 2026-11-01T00:00:00Z | 2026-11-09T00:00:00Z
            0 0 * * 0#5          | 2026-11-01T00:00:00Z | 2026-11-29T00:00:00Z
            0 0 * * MON#1,FRIL   | 2026-11-03T00:00:00Z | 2026-11-27T00:00:00Z
            0 0 * * FRI-MON      | 2026-11-24T00:00:00Z | 2026-11-27T00:00:00Z
            0 0 * * 7-1          | 2026-11-23T00:00:00Z | 2026-11-29T00:00:00Z
            0 0 * * 5-7          | 2026-11-23T00:00:00Z | 2026-11-27T00:00:00Z
            0 0 * * */5          | 2026-11-23T00:00:00Z | 2026-11-27T00:00:00Z
            0 22-2/2 * * *       | 2026-11-20T22:00:00Z | 2026-11-21T00:00:00Z
            0 0 13 * FRI         | 2026-11-01T00:00:00Z | 2026-11-06T00:00:00Z
            0 0 13 * FRI         | 2026-11-06T00:00:00Z | 2026-11-13T00:00:00Z
            0 0 */2 * MON        | 2026-11-02T00:00:00Z | 2026-11-09T00:00:00Z
            0 0 29 feb mon       | 2024-02-29T00:00:00Z | 2025-02-03T00:00:00Z
            0 0 29 2 ?           | 2096-02-29T00:00:00Z | 2104-02-29T00:00:00Z
            15/20 3 * * *        | 2026-11-20T03:15:00Z | 2026-11-20T03:35:00Z
            """)
    void findsTheNextTime(String expression, Instant after, Instant expected) {
        assertThat(Cron.of(expression.strip(), ZoneOffset.UTC).first(after)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            \"\"                    | needs five fields
            * * * *               | needs five fields
            0 0 0 1 1 ? 2030      | for years use start and end
            @reboot               | knows the nicknames
            60 * * * *            | '60' as minute; known are 0 to 59
            * 24 * * *            | '24' as hour
            * * 0 * *             | '0' as day of month; known are 1 to 31
            * * 32 * *            | '32' as day of month
            * * * 13 *            | '13' as month; known are 1 to 12 and JAN to DEC
            * * * * 8             | '8' as day of week; known are 0 to 7 and SUN to SAT
            * * * * FRX           | 'FRX' as day of week
            * * * * L             | L alone
            * * * * MON#6         | after # comes 1 to 5
            * * * * MON#          | after # comes 1 to 5
            * * L-31 * *          | L-1 to L-30
            * * LX * *            | L-1 to L-30
            * * W * *             | '' as day of month
            * * 1-5W * *          | '1-5' as day of month
            */0 * * * *           | the step after / must be 1 to 60
            */61 * * * *          | the step after / must be 1 to 60
            */ * * * *            | the step after / must be 1 to 60
            1,,2 * * * *          | '' as minute
            1- * * * *            | '' as minute
            -1 * * * *            | '' as minute
            1-2-3 * * * *         | '2-3' as minute
            ? * * * *             | '?' as minute
            1? * * * *            | '1?' as minute
            9999999999 * * * *    | as minute
            * * ?,1 * *           | '?' as day of month
            H * * * *             | 'H' as minute
            """)
    void saysWhatIsWrongAndWhere(String expression, String message) {
        assertThatThrownBy(() -> Cron.of(expression, ZoneOffset.UTC))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cron expression '" + expression.strip() + "'")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 30W 2 ?", "0 0 L-30 2,4 *", "* * * 31 4 *"})
    void refusesAtOnceWhatNeverComesTrue(String expression) {
        long before = System.nanoTime();

        assertThatThrownBy(() -> Cron.of(expression, BERLIN)).hasMessageContaining("never comes true");

        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(2));
    }

    @Test
    void refusesATimeThatEveryChangeOfTheClockLeavesOut() {
        String lastSundayOfMarch = "30 2 * 3 SUNL";

        assertThatThrownBy(() -> Cron.of(lastSundayOfMarch, BERLIN, DstPolicy.Gap.SKIP, null))
                .hasMessageContaining("never comes true");
        assertThat(Cron.of(lastSundayOfMarch, BERLIN).first(Instant.parse("2026-01-01T00:00:00Z")))
                .isEqualTo("2026-03-29T01:00:00Z");
    }

    @Test
    void refusesAnExpressionOfAnyLength() {
        assertThatThrownBy(() -> Cron.of("1," + "1,".repeat(300) + "1 * * * *", BERLIN))
                .hasMessageContaining("longer than");
    }

    @ParameterizedTest
    @CsvSource({
        // Berlin: 02:00 to 03:00 is left out on 29 March 2026 and shown twice on 25 October 2026.
        "30 2 * * *,    FIRST_AFTER, ONCE,  2026-03-28T23:00:00Z, 2026-03-29T01:00:00Z, 2026-03-30T00:30:00Z",
        "30 2 * * *,    SKIP,        ONCE,  2026-03-28T23:00:00Z, 2026-03-30T00:30:00Z, 2026-03-31T00:30:00Z",
        "30 2 * * *,    FIRST_AFTER, ONCE,  2026-10-24T22:00:00Z, 2026-10-25T00:30:00Z, 2026-10-26T01:30:00Z",
        "30 2 * * *,    FIRST_AFTER, TWICE, 2026-10-24T22:00:00Z, 2026-10-25T00:30:00Z, 2026-10-25T01:30:00Z",
        "30 2 * * *,    FIRST_AFTER, ONCE,  2026-03-29T00:59:59Z, 2026-03-29T01:00:00Z, 2026-03-30T00:30:00Z",
        "30 2 * * *,    FIRST_AFTER, ONCE,  2026-03-29T00:59:59.999Z, 2026-03-29T01:00:00Z, 2026-03-30T00:30:00Z",
        "0 2 * * *,     FIRST_AFTER, TWICE, 2026-10-25T00:59:59Z, 2026-10-25T01:00:00Z, 2026-10-26T01:00:00Z",
        "0 2 * * *,     FIRST_AFTER, ONCE,  2026-10-25T00:59:59Z, 2026-10-26T01:00:00Z, 2026-10-27T01:00:00Z",
        "30 2 * * *,    FIRST_AFTER, ONCE,  2026-10-25T01:10:00Z, 2026-10-26T01:30:00Z, 2026-10-27T01:30:00Z",
        "30 2 * * *,    FIRST_AFTER, TWICE, 2026-10-25T01:10:00Z, 2026-10-25T01:30:00Z, 2026-10-26T01:30:00Z",
        "0 3 * * *,     FIRST_AFTER, ONCE,  2026-03-28T23:00:00Z, 2026-03-29T01:00:00Z, 2026-03-30T01:00:00Z",
        "*/20 2 * * *,  FIRST_AFTER, ONCE,  2026-03-28T23:00:00Z, 2026-03-29T01:00:00Z, 2026-03-30T00:00:00Z",
        "*/30 * * * *,  FIRST_AFTER, ONCE,  2026-10-25T00:20:00Z, 2026-10-25T00:30:00Z, 2026-10-25T02:00:00Z",
        "*/30 * * * *,  FIRST_AFTER, TWICE, 2026-10-25T00:20:00Z, 2026-10-25T00:30:00Z, 2026-10-25T01:00:00Z"
    })
    void keepsThePolicyWhenTheClockIsChanged(
            String expression,
            DstPolicy.Gap gap,
            DstPolicy.Overlap overlap,
            Instant after,
            Instant first,
            Instant second) {
        Cron cron = Cron.of(expression, BERLIN, gap, overlap);

        assertThat(cron.first(after)).isEqualTo(first);
        assertThat(cron.first(first)).isEqualTo(second);
    }

    @Test
    void aRhythmGoesOnInRealTimeAndATimeOfDayComesOnceADay() {
        Cron rhythm = Cron.of("*/15 * * * *", BERLIN);
        Cron timeOfDay = Cron.of("15 2 * * *", BERLIN);

        assertThat(rhythm.dst()).isEqualTo(DstPolicy.RHYTHM);
        assertThat(timeOfDay.dst()).isEqualTo(DstPolicy.TIME_OF_DAY);
        Instant at = Instant.parse("2026-01-01T00:00:00Z");
        while (at.isBefore(Instant.parse("2027-01-01T00:00:00Z"))) {
            Instant next = rhythm.first(at);
            assertThat(next).isEqualTo(at.plus(Duration.ofMinutes(15)));
            at = next;
        }
        List<LocalDate> days = new ArrayList<>();
        for (Instant due = timeOfDay.first(Instant.parse("2025-12-31T23:00:00Z"));
                due.isBefore(Instant.parse("2026-12-31T23:00:00Z"));
                due = timeOfDay.first(due)) {
            days.add(LocalDate.ofInstant(due, BERLIN));
        }
        assertThat(days)
                .containsExactlyElementsOf(LocalDate.of(2026, 1, 1)
                        .datesUntil(LocalDate.of(2027, 1, 1))
                        .toList());
    }

    @Test
    void findsTheNearestWeekdayOfTheSameMonthInEveryMonth() {
        Set<DayOfWeek> weekend = Set.of(DayOfWeek.SATURDAY, DayOfWeek.SUNDAY);
        for (int day = 1; day <= 31; day++) {
            int wanted = day;
            Cron cron = Cron.of("0 0 " + day + "W * *", ZoneOffset.UTC);
            for (YearMonth month = YearMonth.of(2020, 1); month.getYear() < 2048; month = month.plusMonths(1)) {
                Instant begin = month.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
                LocalDate due = LocalDate.ofInstant(cron.first(begin.minusSeconds(1)), ZoneOffset.UTC);
                YearMonth same = month;
                if (day > month.lengthOfMonth()) {
                    assertThat(YearMonth.from(due)).isAfter(month);
                } else {
                    assertThat(due)
                            .isEqualTo(IntStream.rangeClosed(1, month.lengthOfMonth())
                                    .mapToObj(same::atDay)
                                    .filter(date -> !weekend.contains(date.getDayOfWeek()))
                                    .min(Comparator.comparingInt(date -> Math.abs(date.getDayOfMonth() - wanted)))
                                    .orElseThrow());
                }
            }
        }
    }

    @Test
    void findsATimeFarAwayInLittleTime() {
        Cron sparse = Cron.of("0 0 29 2 */7", BERLIN);
        Instant at = Instant.parse("2026-01-01T00:00:00Z");
        List<Instant> found = new ArrayList<>();
        long before = System.nanoTime();

        for (at = sparse.first(at); at.isBefore(Instant.parse("2400-01-01T00:00:00Z")); at = sparse.first(at)) {
            found.add(at);
        }

        assertThat(found)
                .containsExactlyElementsOf(IntStream.range(2026, 2400)
                        .filter(Year::isLeap)
                        .mapToObj(year -> LocalDate.of(year, 2, 29))
                        .filter(date -> date.getDayOfWeek() == DayOfWeek.SUNDAY)
                        .map(date -> date.atStartOfDay(BERLIN).toInstant())
                        .toList());
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(2));
    }
}
