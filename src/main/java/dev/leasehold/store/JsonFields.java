package dev.leasehold.store;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Reads single fields of a JSON object; what is wrong is said with the field's name and what is allowed. */
final class JsonFields {

    private static final Instant EARLIEST = Instant.EPOCH;
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999Z");

    private JsonFields() {}

    static void requireObject(JsonNode json, String field) {
        if (!json.isObject()) {
            throw new IllegalArgumentException(field + " must be an object");
        }
    }

    static void allow(JsonNode json, Set<String> fields) {
        for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!fields.contains(name)) {
                throw new IllegalArgumentException("unknown field '" + name + "'; known are "
                        + String.join(", ", fields.stream().sorted().toList()));
            }
        }
    }

    static String text(JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.isTextual()) {
            throw new IllegalArgumentException(
                    field + " must be a string" + (value.isMissingNode() ? " and is missing" : ""));
        }
        return value.textValue();
    }

    static int integer(JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw new IllegalArgumentException(field + " must be a whole number");
        }
        return value.intValue();
    }

    static long longInteger(JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw new IllegalArgumentException(field + " must be a whole number of at most 64 bits");
        }
        return value.longValue();
    }

    static double number(JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.isNumber()) {
            throw new IllegalArgumentException(field + " must be a number");
        }
        return value.doubleValue();
    }

    /** An RFC 3339 instant from 1970 to 9999: what columns hold and other programs read. */
    static Instant instant(JsonNode json, String field) {
        String text = text(json, field);
        Instant instant;
        try {
            instant = OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    field + " must be an RFC 3339 instant such as 2030-01-31T08:00:00Z, not '" + text + "'", e);
        }
        if (instant.isBefore(EARLIEST) || instant.isAfter(LATEST)) {
            throw new IllegalArgumentException(field + " must be in the years 1970 to 9999, not '" + text + "'");
        }
        return instant;
    }

    static Duration duration(JsonNode json, String field) {
        return duration(field, text(json, field));
    }

    static Duration duration(String field, String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    field + " must be an ISO 8601 duration such as PT15M, not '" + text + "'", e);
        }
    }

    /** One of an enum's values by its name in lower case. */
    static <E extends Enum<E>> E word(JsonNode json, String field, Class<E> words) {
        String text = text(json, field);
        for (E word : words.getEnumConstants()) {
            if (word(word).equals(text)) {
                return word;
            }
        }
        String known =
                Arrays.stream(words.getEnumConstants()).map(JsonFields::word).collect(Collectors.joining(", "));
        throw new IllegalArgumentException(field + " must be one of " + known + ", not '" + text + "'");
    }

    static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /** A list of strings, each read by {@code reader}, which throws where it cannot. Absent: empty. */
    static <T> Set<T> set(JsonNode json, String field, String example, int most, Function<String, T> reader) {
        JsonNode list = json.path(field);
        Set<T> values = new LinkedHashSet<>();
        if (list.isMissingNode() || list.isNull()) {
            return values;
        }
        if (!list.isArray() || list.size() > most) {
            throw new IllegalArgumentException(field + " must be a list of at most " + most);
        }
        for (JsonNode item : list) {
            try {
                values.add(reader.apply(item.isTextual() ? item.textValue() : ""));
            } catch (DateTimeException | IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        field + " must hold values such as \"" + example + "\", not " + item, e);
            }
        }
        return values;
    }
}
