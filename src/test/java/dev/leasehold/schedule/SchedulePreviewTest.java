package dev.leasehold.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

class SchedulePreviewTest {

    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");

    @Test
    void showsTheNextTimesAndThoseAroundTheNextChangeOfTheClock() {
        SchedulePreview preview = SchedulePreview.of(Cron.of("30 2 * * *", BERLIN), NOW);

        SchedulePreview.ClockChange change = preview.clockChange().orElseThrow();
        assertThat(preview.times())
                .hasSize(20)
                .startsWith(OffsetDateTime.parse("2026-03-01T02:30+01:00"))
                .endsWith(OffsetDateTime.parse("2026-03-20T02:30+01:00"));
        assertThat(change.at()).isEqualTo("2026-03-29T01:00:00Z");
        assertThat(change.kind()).isEqualTo(SchedulePreview.Kind.GAP);
        assertThat(change.from()).isEqualTo("2026-03-29T02:00+01:00");
        assertThat(change.to().toLocalTime()).isEqualTo(LocalTime.of(3, 0));
        assertThat(texts(change.timesBefore())).containsExactly("2026-03-27T02:30+01:00", "2026-03-28T02:30+01:00");
        assertThat(texts(change.timesAfter()))
                .containsExactly("2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00", "2026-03-31T02:30+02:00");
    }

    @Test
    void showsTheTimesNearestToTheChangeOfADenseSchedule() {
        Cron everySecond = Cron.of("* * * * * *", BERLIN);

        SchedulePreview.ClockChange change =
                SchedulePreview.of(everySecond, NOW).clockChange().orElseThrow();

        assertThat(change.timesBefore()).hasSize(10);
        assertThat(change.timesBefore().get(9).toInstant()).isEqualTo("2026-03-29T00:59:59Z");
        assertThat(change.timesAfter()).hasSize(10);
        assertThat(change.timesAfter().get(0).toInstant()).isEqualTo("2026-03-29T01:00:00Z");
    }

    @Test
    void showsAScheduleThatIsNotBoundToAZone() {
        SchedulePreview rate = SchedulePreview.of(Schedule.fixedRate(Duration.ofMinutes(5)), NOW, 3);
        SchedulePreview once = SchedulePreview.of(Schedule.once(NOW.plusSeconds(5)), NOW);

        assertThat(rate.zone()).isEqualTo(ZoneOffset.UTC);
        assertThat(rate.times().stream().map(OffsetDateTime::toInstant))
                .containsExactly(NOW, NOW.plusSeconds(300), NOW.plusSeconds(600));
        assertThat(once.times().stream().map(OffsetDateTime::toInstant)).containsExactly(NOW.plusSeconds(5));
        assertThat(rate.clockChange()).isEmpty();
        assertThat(once.clockChange()).isEmpty();
    }

    @Test
    void saysWhenNothingIsToCome() {
        Schedule over = Cron.of("@daily", BERLIN).with(ScheduleRules.NONE.withEnd(NOW.minusSeconds(1)));

        assertThatThrownBy(() -> SchedulePreview.of(over, NOW)).hasMessageContaining("nothing is due after");
        assertThatThrownBy(() -> SchedulePreview.of(Schedule.now(), NOW, 1001)).hasMessageContaining("1 to 1000");
    }

    private static List<String> texts(List<OffsetDateTime> times) {
        return times.stream().map(OffsetDateTime::toString).toList();
    }
}
