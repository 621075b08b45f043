package dev.leasehold.task;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Describes a payload class as JSON Schema, as far as its declaration tells: names in snake case, types, and what {@link
 * PayloadField} adds. Anything but a record is described as an object of unknown fields.
 */
public final class PayloadSchema {

    private static final Set<Class<?>> INTEGERS =
            Set.of(byte.class, short.class, int.class, long.class, Byte.class, Short.class, Integer.class, Long.class);

    private PayloadSchema() {}

    /** The schema as nested maps and lists, ready to be written as JSON. */
    public static Map<String, Object> of(Class<?> payload) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        if (!payload.isRecord()) {
            return schema;
        }
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        for (RecordComponent component : payload.getRecordComponents()) {
            String name = snakeCase(component.getName());
            Map<String, Object> property = new LinkedHashMap<>(ofType(component.getGenericType()));
            PayloadField field = component.getAnnotation(PayloadField.class);
            if (field != null) {
                property.put("description", field.value());
                if (field.required()) {
                    required.add(name);
                }
            }
            properties.put(name, property);
        }
        schema.put("properties", properties);
        if (!required.isEmpty()) {
            schema.put("required", required);
        }
        schema.put("additionalProperties", false);
        return schema;
    }

    private static Map<String, Object> ofType(Type type) {
        if (type instanceof ParameterizedType generic && generic.getRawType() instanceof Class<?> raw) {
            Type[] arguments = generic.getActualTypeArguments();
            if (Collection.class.isAssignableFrom(raw)) {
                return Map.of("type", "array", "items", ofType(arguments[0]));
            }
            if (Map.class.isAssignableFrom(raw) && arguments.length == 2) {
                return Map.of("type", "object", "additionalProperties", ofType(arguments[1]));
            }
            return Map.of();
        }
        return type instanceof Class<?> plain ? ofClass(plain) : Map.of();
    }

    private static Map<String, Object> ofClass(Class<?> plain) {
        if (INTEGERS.contains(plain)) {
            return Map.of("type", "integer");
        }
        if (plain == boolean.class || plain == Boolean.class) {
            return Map.of("type", "boolean");
        }
        if (Number.class.isAssignableFrom(plain) || plain == double.class || plain == float.class) {
            return Map.of("type", "number");
        }
        if (plain == Instant.class) {
            return Map.of("type", "string", "format", "date-time");
        }
        if (plain == Duration.class) {
            return Map.of("type", "string", "format", "duration");
        }
        if (CharSequence.class.isAssignableFrom(plain)) {
            return Map.of("type", "string");
        }
        if (plain.isEnum()) {
            return Map.of("type", "string", "enum", constants(plain));
        }
        return plain.isRecord() ? of(plain) : Map.of();
    }

    private static List<String> constants(Class<?> plain) {
        return Stream.of(plain.getEnumConstants())
                .map(constant -> ((Enum<?>) constant).name().toLowerCase(Locale.ROOT))
                .toList();
    }

    private static String snakeCase(String name) {
        return name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }
}
