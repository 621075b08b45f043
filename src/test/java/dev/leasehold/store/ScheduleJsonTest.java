package dev.leasehold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leasehold.schedule.Cron;
import dev.leasehold.schedule.DstPolicy;
import dev.leasehold.schedule.Schedule;
import dev.leasehold.schedule.ScheduleRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleJsonTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'kind':'once'}",
                "{'kind':'once','at':'2030-01-31T08:00:00Z','misfire_window':'PT1H'}",
                "{'kind':'every','interval':'PT15M','mode':'fixed_delay'}",
                "{'kind':'every','interval':'PT15M','mode':'fixed_rate','start':'2030-01-31T08:00:00Z',"
                        + "'end':'2031-01-31T08:00:00Z','excluded':{'weekdays':['SAT','SUN'],'zone':'Asia/Tokyo'},"
                        + "'jitter':'PT1M','jitter_seed':7,'misfire':'all','misfire_window':'PT6H','overlap':'queue'}",
                "{'kind':'cron','expression':'0 9 * * MON-FRI','zone':'Europe/Berlin'}",
                "{'kind':'cron','expression':'30 2 * * *','zone':'Europe/Berlin','dst_gap':'skip','dst_overlap':'twice',"
                        + "'excluded':{'dates':['2030-05-01','2030-05-30'],'yearly':['01-01','12-25']},"
                        + "'misfire':'skip','overlap':'cancel'}"
            })
    void writesWhatItReads(String text) {
        String json = text.replace('\'', '"');

        Schedule schedule = PolicyJson.readSchedule(Json.tree(json));

        assertThat(PolicyJson.write(schedule)).hasToString(json);
        assertThat(PolicyJson.readSchedule(PolicyJson.write(schedule))).isEqualTo(schedule);
    }

    @Test
    void readsEachFieldIntoItsPlace() {
        Schedule schedule = read("{'kind':'cron','expression':'30 2 * * *','zone':'Asia/Tokyo','dst_gap':'skip',"
                + "'start':'2030-01-01T00:00:00Z','end':'2031-01-01T00:00:00+01:00','jitter':'PT2M','jitter_seed':9,"
                + "'misfire':'all','misfire_window':'PT3H','overlap':'queue','excluded':{'weekdays':['sun']}}");
        ScheduleRules rules = schedule.rules();

        assertThat(schedule.rhythm()).isInstanceOfSatisfying(Cron.class, cron -> {
            assertThat(cron.dst()).isEqualTo(new DstPolicy(DstPolicy.Gap.SKIP, DstPolicy.Overlap.ONCE));
            assertThat(cron.zone().getId()).isEqualTo("Asia/Tokyo");
        });
        assertThat(rules.start()).isEqualTo("2030-01-01T00:00:00Z");
        assertThat(rules.end()).isEqualTo("2030-12-31T23:00:00Z");
        assertThat(rules.jitter()).isEqualTo(Duration.ofMinutes(2));
        assertThat(rules.jitterSeed()).hasValue(9);
        assertThat(rules.misfire()).isEqualTo(ScheduleRules.Misfire.ALL);
        assertThat(rules.misfireWindow()).contains(Duration.ofHours(3));
        assertThat(rules.overlap()).isEqualTo(ScheduleRules.Overlap.QUEUE);
        assertThat(rules.excluded()).isNotNull().satisfies(excluded -> {
            assertThat(excluded.weekdays()).containsExactly(DayOfWeek.SUNDAY);
            assertThat(excluded.zone().getId()).isEqualTo("Asia/Tokyo");
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            []                                                          | schedule must be an object
            {}                                                          | kind must be a string and is missing
            {'kind':'hourly'}                                           | kind must be once, every or cron
            {'kind':'once','at':'tomorrow'}                             | at must be an RFC 3339 instant
            {'kind':'once','at':'+12026-01-01T00:00:00Z'}               | at must be in the years 1970 to 9999
            {'kind':'once','interval':'PT1M'}                           | unknown field 'interval'; known are at, end,
            {'kind':'once','start':'2030-01-01T00:00:00Z'}              | start does not go with once
            {'kind':'every'}                                            | interval must be a string and is missing
            {'kind':'every','interval':'15m'}                           | interval must be an ISO 8601 duration
            {'kind':'every','interval':'PT0S'}                          | interval must be between PT0.1S and
            {'kind':'every','interval':'PT1M','mode':'rate'}            | mode must be one of fixed_delay, fixed_rate
            {'kind':'every','interval':'PT1M','zone':'UTC'}             | unknown field 'zone'
            {'kind':'every','interval':'PT1M','overlap':'queue'}        | overlap goes with cron and fixed_rate only
            {'kind':'every','interval':'PT1M','jitter':'PT2M'}          | jitter (PT2M) must not be above the interval
            {'kind':'every','interval':'PT1M','jitter':60}              | jitter must be a string
            {'kind':'every','interval':'PT1M','jitter_seed':1.5}        | jitter_seed must be a whole number
            {'kind':'cron','expression':'* * * * *','zone':'Berlin'}    | zone must be a time zone
            {'kind':'cron','expression':'61 * * * *'}                   | '61' as minute
            {'kind':'cron','expression':'0 0 30 2 *'}                   | never comes true
            {'kind':'cron','expression':'@daily','gap':'skip'}          | unknown field 'gap'
            {'kind':'cron','expression':'@daily','dst_gap':'later'}     | dst_gap must be one of first_after, skip
            {'kind':'cron','expression':'@daily','dst_overlap':'SKIP'}  | dst_overlap must be one of once, twice
            {'kind':'cron','expression':'@daily','misfire':'never'}     | misfire must be one of skip, once, all
            {'kind':'cron','expression':'@daily','overlap':'kill'}      | overlap must be one of skip, queue, cancel
            {'kind':'cron','expression':'@daily','misfire_window':'P9999D'} | misfire_window must be between PT1S and
            {'kind':'cron','expression':'@daily','excluded':[]}         | excluded must be an object
            {'kind':'cron','expression':'@daily','excluded':{}}         | excluded needs weekdays, dates or yearly
            {'kind':'cron','expression':'@daily','excluded':{'days':1}} | unknown field 'days'; known are dates,
            {'kind':'cron','expression':'@daily','excluded':{'weekdays':'SAT'}}     | weekdays must be a list
            {'kind':'cron','expression':'@daily','excluded':{'weekdays':['X']}}     | such as "SAT", not "X"
            {'kind':'cron','expression':'@daily','excluded':{'dates':['2030-02-30']}} | such as "2030-05-01", not
            {'kind':'cron','expression':'@daily','excluded':{'yearly':['25-12']}}   | such as "12-25", not "25-12"
            {'kind':'cron','expression':'0 0 * * SUN','excluded':{'weekdays':['SUN']}} | no time of the schedule is left
            """)
    void saysWhatIsWrong(String json, String message) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void settlesANewTasksScheduleInItsColumns() {
        Instant now = Instant.parse("2030-01-31T08:00:00Z");
        Schedule rate = read("{'kind':'every','interval':'PT15M','mode':'fixed_rate','jitter':'PT1M'}");

        ScheduleColumns columns = ScheduleColumns.of(rate, now);

        Schedule kept = PolicyJson.readSchedule(Json.tree(String.valueOf(columns.text())));
        assertThat(kept.rules().start()).isEqualTo(now);
        assertThat(kept.rules().jitterSeed()).isPresent();
        assertThat(kept.first(now)).isEqualTo(columns.dueAt() == null ? now : columns.dueAt());
        assertThat(ScheduleColumns.of(Schedule.now(), now)).isEqualTo(new ScheduleColumns(null, null));
        assertThat(ScheduleColumns.of(Schedule.once(now), Instant.EPOCH).dueAt())
                .isEqualTo(now);
        assertThat(ScheduleColumns.of(Schedule.fixedDelay(Duration.ofHours(1)), Instant.EPOCH)
                        .dueAt())
                .isNull();
        assertThatThrownBy(() -> ScheduleColumns.of(
                        read("{'kind':'cron','expression':'@daily','end':'2029-01-01T00:00:00Z'}"), now))
                .hasMessageContaining("nothing is due after");
    }

    @Test
    void readsEveryExampleOfTheDocument() throws IOException {
        Matcher examples = Pattern.compile("```json\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("docs/schedules.md")));
        List<Schedule> schedules = examples.results()
                .map(example -> PolicyJson.readSchedule(Json.tree(example.group(1))))
                .toList();

        assertThat(schedules).hasSizeGreaterThanOrEqualTo(6).doesNotContainNull();
    }

    private static Schedule read(String json) {
        return PolicyJson.readSchedule(Json.tree(json.replace('\'', '"')));
    }
}
