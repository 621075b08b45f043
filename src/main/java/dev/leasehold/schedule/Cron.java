package dev.leasehold.schedule;

import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Optional;

/**
 * A cron expression in a time zone: five fields (minute first), six with seconds first, or a nickname such as
 * {@code @daily}; {@code L}, {@code W}, {@code #} and names are understood.
 *
 * <p>A local time that a change of the clock leaves out is due at the first instant after the gap; one that the clock
 * shows twice is due once.
 */
public final class Cron implements Schedule {

    private static final CronParser FIVE_FIELDS = new CronParser(definition(false));
    private static final CronParser SIX_FIELDS = new CronParser(definition(true));

    private final String expression;
    private final ZoneId zone;
    private final ExecutionTime times;

    private Cron(String expression, ZoneId zone, ExecutionTime times) {
        this.expression = expression;
        this.zone = zone;
        this.times = times;
    }

    /**
     * Parses an expression.
     *
     * @throws IllegalArgumentException when it is not a cron expression, or one that never comes true; the message says
     *     where it is wrong
     */
    public static Cron of(String expression, ZoneId zone) {
        String trimmed = expression.strip();
        boolean seconds = trimmed.split("\\s+").length > 5;
        ExecutionTime times = ExecutionTime.forCron((seconds ? SIX_FIELDS : FIVE_FIELDS).parse(trimmed));
        Cron cron = new Cron(trimmed, zone, times);
        if (times.nextExecution(ZonedDateTime.ofInstant(Instant.EPOCH, zone)).isEmpty()) {
            throw new IllegalArgumentException("cron expression '" + trimmed + "' never comes true");
        }
        return cron;
    }

    public String expression() {
        return expression;
    }

    public ZoneId zone() {
        return zone;
    }

    @Override
    public Instant first(Instant now) {
        return after(now)
                .orElseThrow(() -> new IllegalArgumentException("cron expression '" + expression + "' is over"));
    }

    @Override
    public Optional<Instant> next(Instant dueAt, Instant finishedAt) {
        return after(dueAt.isAfter(finishedAt) ? dueAt : finishedAt);
    }

    private Optional<Instant> after(Instant instant) {
        return times.nextExecution(ZonedDateTime.ofInstant(instant, zone)).map(ZonedDateTime::toInstant);
    }

    private static CronDefinition definition(boolean seconds) {
        CronDefinitionBuilder builder = CronDefinitionBuilder.defineCron();
        if (seconds) {
            builder = builder.withSeconds().withValidRange(0, 59).and();
        }
        return builder.withMinutes()
                .withValidRange(0, 59)
                .and()
                .withHours()
                .withValidRange(0, 23)
                .and()
                .withDayOfMonth()
                .withValidRange(1, 31)
                .supportsL()
                .supportsW()
                .supportsLW()
                .supportsQuestionMark()
                .and()
                .withMonth()
                .withValidRange(1, 12)
                .and()
                .withDayOfWeek()
                .withValidRange(0, 7)
                .withMondayDoWValue(1)
                .withIntMapping(7, 0)
                .supportsHash()
                .supportsL()
                .supportsQuestionMark()
                .and()
                .withSupportedNicknameYearly()
                .withSupportedNicknameAnnually()
                .withSupportedNicknameMonthly()
                .withSupportedNicknameWeekly()
                .withSupportedNicknameDaily()
                .withSupportedNicknameMidnight()
                .withSupportedNicknameHourly()
                .instance();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Cron cron && cron.expression.equals(expression) && cron.zone.equals(zone);
    }

    @Override
    public int hashCode() {
        return 31 * expression.hashCode() + zone.hashCode();
    }

    @Override
    public String toString() {
        return expression + " " + zone;
    }
}
