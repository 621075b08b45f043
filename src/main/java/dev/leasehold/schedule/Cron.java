package dev.leasehold.schedule;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A cron expression in a time zone: five fields (minute first), six with seconds first, or a nickname such as
 * {@code @daily}. Lists, ranges, steps, names, {@code ?}, {@code L}, {@code L-3}, {@code W}, {@code LW}, {@code #} and
 * {@code FRIL} are understood; days of the week are 0 to 7 with Sunday at both ends. As in crontab, a day matches when
 * one of the two day fields does, if neither has a star; else both must.
 *
 * <p>What happens when the clock of the zone is changed is said by a {@link DstPolicy}. Unless one is given, it is
 * {@link DstPolicy#RHYTHM} for an expression that comes true in every hour, else {@link DstPolicy#TIME_OF_DAY}.
 */
public final class Cron implements Schedule {

    private static final Instant CHECKED_FROM = Instant.parse("2000-01-01T00:00:00Z");

    private final String expression;
    private final ZoneId zone;
    private final CronFields fields;
    private final DstPolicy dst;

    private Cron(String expression, ZoneId zone, CronFields fields, DstPolicy dst) {
        this.expression = expression;
        this.zone = zone;
        this.fields = fields;
        this.dst = dst;
    }

    /**
     * Parses an expression.
     *
     * @throws IllegalArgumentException when it is not a cron expression, or one that never comes true; the message says
     *     where it is wrong
     */
    public static Cron of(String expression, ZoneId zone) {
        return of(expression, zone, null, null);
    }

    /** As {@link #of(String, ZoneId)}, with chosen policies; null: the expression's own. */
    public static Cron of(
            String expression, ZoneId zone, DstPolicy.@Nullable Gap gap, DstPolicy.@Nullable Overlap overlap) {
        String stripped = expression.strip();
        CronFields fields = CronParser.parse(stripped);
        DstPolicy usual = usual(fields);
        Cron cron = new Cron(
                stripped,
                zone,
                fields,
                new DstPolicy(gap == null ? usual.gap() : gap, overlap == null ? usual.overlap() : overlap));
        if (cron.after(CHECKED_FROM).isEmpty()) {
            throw new IllegalArgumentException("cron expression '" + stripped + "' never comes true");
        }
        return cron;
    }

    public String expression() {
        return expression;
    }

    public ZoneId zone() {
        return zone;
    }

    public DstPolicy dst() {
        return dst;
    }

    /** The policies that this expression has unless others are chosen. */
    public DstPolicy usualDst() {
        return usual(fields);
    }

    private static DstPolicy usual(CronFields fields) {
        return fields.everyHour() ? DstPolicy.RHYTHM : DstPolicy.TIME_OF_DAY;
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

    /**
     * The first time strictly after an instant. The zone's time line is cut at its changes of the clock; between two of
     * them the offset is fixed and the first match on the wall clock is the first in time.
     */
    Optional<Instant> after(Instant instant) {
        ZoneRules rules = zone.getRules();
        Instant from = instant.truncatedTo(ChronoUnit.SECONDS).plusSeconds(1);
        LocalDateTime limit = LocalDateTime.ofInstant(from, ZoneOffset.UTC).plusYears(CronFields.CYCLE_YEARS);
        // The offset up to this second, not from it on: a change at this very second has yet to be walked through.
        ZoneOffset offset = rules.getOffset(from.minusNanos(1));
        ZoneOffsetTransition change = rules.nextTransition(from.minusNanos(1));
        Optional<LocalDateTime> found = fields.atOrAfter(unseen(rules, from, offset));
        while (found.isPresent() && found.get().isBefore(limit)) {
            LocalDateTime match = found.get();
            if (change == null || match.isBefore(change.getDateTimeBefore())) {
                return Optional.of(match.toInstant(offset));
            }
            if (change.isGap() && match.isBefore(change.getDateTimeAfter())) {
                if (dst.gap() == DstPolicy.Gap.FIRST_AFTER) {
                    return Optional.of(change.getInstant());
                }
                found = fields.atOrAfter(change.getDateTimeAfter());
            } else if (change.isOverlap() && dst.overlap() == DstPolicy.Overlap.TWICE) {
                found = fields.atOrAfter(change.getDateTimeAfter());
            }
            offset = change.getOffsetAfter();
            change = rules.nextTransition(change.getInstant());
        }
        return Optional.empty();
    }

    /** The wall clock at an instant; within the second showing of times that are due once, the end of that showing. */
    private LocalDateTime unseen(ZoneRules rules, Instant from, ZoneOffset offset) {
        LocalDateTime local = LocalDateTime.ofEpochSecond(from.getEpochSecond(), 0, offset);
        ZoneOffsetTransition past = rules.previousTransition(from);
        boolean shownBefore = past != null && past.isOverlap() && local.isBefore(past.getDateTimeBefore());
        return shownBefore && dst.overlap() == DstPolicy.Overlap.ONCE ? past.getDateTimeBefore() : local;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Cron cron
                && cron.expression.equals(expression)
                && cron.zone.equals(zone)
                && cron.dst.equals(dst);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * expression.hashCode() + zone.hashCode()) + dst.hashCode();
    }

    @Override
    public String toString() {
        return expression + " " + zone;
    }
}
