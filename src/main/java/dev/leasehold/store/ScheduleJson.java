package dev.leasehold.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.schedule.Cron;
import dev.leasehold.schedule.DstPolicy;
import dev.leasehold.schedule.Every;
import dev.leasehold.schedule.ExcludedDays;
import dev.leasehold.schedule.Once;
import dev.leasehold.schedule.Schedule;
import dev.leasehold.schedule.ScheduleRules;
import dev.leasehold.schedule.ScheduleRules.Misfire;
import dev.leasehold.schedule.ScheduleRules.Overlap;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.MonthDay;
import java.time.ZoneId;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Schedules as JSON, behind {@link PolicyJson}. */
final class ScheduleJson {

    private static final Set<String> RULES =
            Set.of("start", "end", "excluded", "jitter", "jitter_seed", "misfire", "misfire_window", "overlap");
    private static final ZoneId UTC = ZoneId.of("UTC");
    private static final int MOST_LISTED = ExcludedDays.MOST_DATES;

    /** Yearly days are written without a year, 12-25; the type itself reads and writes --12-25. */
    private static final String YEARLESS = "--";

    private ScheduleJson() {}

    static Schedule read(JsonNode json) {
        JsonFields.requireObject(json, "schedule");
        String kind = JsonFields.text(json, "kind");
        return switch (kind) {
            case "once" -> {
                JsonFields.allow(json, withRules("kind", "at"));
                Optional<Instant> at = optional(json, "at", field -> JsonFields.instant(json, field));
                yield new Once(at).with(rules(json, UTC));
            }
            case "every" -> {
                JsonFields.allow(json, withRules("kind", "interval", "mode"));
                Every.Mode mode = optional(json, "mode", field -> JsonFields.word(json, field, Every.Mode.class))
                        .orElse(Every.Mode.FIXED_DELAY);
                yield new Every(JsonFields.duration(json, "interval"), mode).with(rules(json, UTC));
            }
            case "cron" -> {
                JsonFields.allow(json, withRules("kind", "expression", "zone", "dst_gap", "dst_overlap"));
                ZoneId zone = zone(json, UTC);
                Cron cron = Cron.of(
                        JsonFields.text(json, "expression"),
                        zone,
                        optional(json, "dst_gap", field -> JsonFields.word(json, field, DstPolicy.Gap.class))
                                .orElse(null),
                        optional(json, "dst_overlap", field -> JsonFields.word(json, field, DstPolicy.Overlap.class))
                                .orElse(null));
                yield cron.with(rules(json, zone));
            }
            default -> throw new IllegalArgumentException("kind must be once, every or cron, not '" + kind + "'");
        };
    }

    private static ScheduleRules rules(JsonNode json, ZoneId zone) {
        Misfire misfire = optional(json, "misfire", field -> JsonFields.word(json, field, Misfire.class))
                .orElse(ScheduleRules.NONE.misfire());
        Overlap overlap = optional(json, "overlap", field -> JsonFields.word(json, field, Overlap.class))
                .orElse(ScheduleRules.NONE.overlap());
        OptionalLong seed = json.hasNonNull("jitter_seed")
                ? OptionalLong.of(JsonFields.longInteger(json, "jitter_seed"))
                : OptionalLong.empty();
        return new ScheduleRules(
                optional(json, "start", field -> JsonFields.instant(json, field))
                        .orElse(null),
                optional(json, "end", field -> JsonFields.instant(json, field)).orElse(null),
                optional(json, "excluded", field -> excluded(json.path(field), zone))
                        .orElse(null),
                optional(json, "jitter", field -> JsonFields.duration(json, field))
                        .orElse(Duration.ZERO),
                seed,
                misfire,
                optional(json, "misfire_window", field -> JsonFields.duration(json, field)),
                overlap);
    }

    private static ExcludedDays excluded(JsonNode json, ZoneId zone) {
        JsonFields.requireObject(json, "excluded");
        JsonFields.allow(json, Set.of("weekdays", "dates", "yearly", "zone"));
        return new ExcludedDays(
                zone(json, zone),
                JsonFields.set(json, "weekdays", "SAT", MOST_LISTED, ScheduleJson::weekday),
                JsonFields.set(json, "dates", "2030-05-01", MOST_LISTED, LocalDate::parse),
                JsonFields.set(json, "yearly", "12-25", MOST_LISTED, text -> MonthDay.parse(YEARLESS + text)));
    }

    private static DayOfWeek weekday(String text) {
        for (DayOfWeek weekday : DayOfWeek.values()) {
            if (abbreviated(weekday).equals(text.toUpperCase(Locale.ROOT))) {
                return weekday;
            }
        }
        throw new IllegalArgumentException("no weekday: " + text);
    }

    private static String abbreviated(DayOfWeek weekday) {
        return weekday.name().substring(0, 3);
    }

    private static ZoneId zone(JsonNode json, ZoneId usual) {
        return optional(json, "zone", field -> {
                    String zone = JsonFields.text(json, field);
                    try {
                        return ZoneId.of(zone);
                    } catch (DateTimeException e) {
                        throw new IllegalArgumentException(
                                field + " must be a time zone such as Europe/Berlin, not '" + zone + "'", e);
                    }
                })
                .orElse(usual);
    }

    static ObjectNode write(Schedule schedule) {
        ObjectNode json = Json.MAPPER.createObjectNode();
        Schedule rhythm = schedule.rhythm();
        ZoneId zone = UTC;
        if (rhythm instanceof Once once) {
            json.put("kind", "once");
            once.at().ifPresent(at -> json.put("at", at.toString()));
        } else if (rhythm instanceof Every every) {
            json.put("kind", "every").put("interval", every.interval().toString());
            json.put("mode", JsonFields.word(every.mode()));
        } else if (rhythm instanceof Cron cron) {
            zone = cron.zone();
            json.put("kind", "cron").put("expression", cron.expression());
            json.put("zone", zone.getId());
            DstPolicy usual = cron.usualDst();
            putUnless(json, "dst_gap", cron.dst().gap(), usual.gap());
            putUnless(json, "dst_overlap", cron.dst().overlap(), usual.overlap());
        }
        writeRules(schedule.rules(), json, zone);
        return json;
    }

    private static void writeRules(ScheduleRules rules, ObjectNode json, ZoneId zone) {
        putText(json, "start", rules.start());
        putText(json, "end", rules.end());
        ExcludedDays excluded = rules.excluded();
        if (excluded != null) {
            json.set("excluded", write(excluded, zone));
        }
        putText(json, "jitter", rules.jitter().isZero() ? null : rules.jitter());
        rules.jitterSeed().ifPresent(seed -> json.put("jitter_seed", seed));
        putUnless(json, "misfire", rules.misfire(), ScheduleRules.NONE.misfire());
        putText(json, "misfire_window", rules.misfireWindow().orElse(null));
        putUnless(json, "overlap", rules.overlap(), ScheduleRules.NONE.overlap());
    }

    private static ObjectNode write(ExcludedDays excluded, ZoneId zone) {
        ObjectNode json = Json.MAPPER.createObjectNode();
        putSorted(json, "weekdays", excluded.weekdays(), ScheduleJson::abbreviated);
        putSorted(json, "dates", excluded.dates(), LocalDate::toString);
        putSorted(json, "yearly", excluded.yearly(), day -> day.toString().substring(YEARLESS.length()));
        if (!excluded.zone().equals(zone)) {
            json.put("zone", excluded.zone().getId());
        }
        return json;
    }

    private static <T> void putSorted(ObjectNode json, String field, Collection<T> values, Function<T, String> writer) {
        List<String> texts = values.stream().sorted().map(writer).toList();
        if (!texts.isEmpty()) {
            texts.forEach(json.putArray(field)::add);
        }
    }

    private static void putText(ObjectNode json, String field, @Nullable Object value) {
        if (value != null) {
            json.put(field, value.toString());
        }
    }

    private static void putUnless(ObjectNode json, String field, Enum<?> value, Enum<?> usual) {
        if (value != usual) {
            json.put(field, JsonFields.word(value));
        }
    }

    private static <T> Optional<T> optional(JsonNode json, String field, Function<String, T> reader) {
        return json.hasNonNull(field) ? Optional.of(reader.apply(field)) : Optional.empty();
    }

    private static Set<String> withRules(String... fields) {
        Set<String> all = new HashSet<>(RULES);
        all.addAll(List.of(fields));
        return all;
    }
}
