package dev.leasehold.admin.http;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The parameters behind the question mark. Wrong values are collected; {@link #check} answers with all of them. */
public final class Query {

    /** Items of a page where the caller does not say. */
    public static final int DEFAULT_LIMIT = 50;

    /** Most items of a page; a caller who wants more gets this many. */
    public static final int LARGEST_LIMIT = 1000;

    private static final int LONGEST_TEXT = 1024;

    private final Map<String, String> values = new HashMap<>();
    private final Set<String> known = new TreeSet<>();
    private final Faults faults = new Faults();

    /** Reads them all; throws the 400 when the percent signs are wrong. */
    Query(Optional<akka.http.javadsl.model.Uri> uri) {
        try {
            uri.ifPresent(u -> u.query(StandardCharsets.UTF_8, akka.http.javadsl.model.Uri.RELAXED)
                    .toList()
                    .forEach(pair -> add(pair.first(), pair.second())));
        } catch (RuntimeException e) {
            throw new ProblemException(ErrorCode.BAD_REQUEST, "the query of the URL is not encoded well");
        }
    }

    private void add(String name, String value) {
        if (values.putIfAbsent(name, value) != null) {
            faults.add(name, name + " is given twice");
        }
    }

    /** The parameter as text; null when it is absent or empty. */
    public @Nullable String text(String name) {
        known.add(name);
        String value = values.getOrDefault(name, "");
        if (value.isEmpty()) {
            return null;
        }
        if (value.length() > LONGEST_TEXT) {
            faults.add(name, name + " must be at most " + LONGEST_TEXT + " characters");
            return null;
        }
        return StrictJson.checkText(value, name, faults) ? value : null;
    }

    /** A parameter with a fixed set of values. */
    public @Nullable String oneOf(String name, Set<String> allowed) {
        String value = text(name);
        if (value != null && !allowed.contains(value)) {
            faults.add(
                    name,
                    name + " must be one of " + allowed.stream().sorted().collect(Collectors.joining(", ")) + ", not '"
                            + value + "'");
            return null;
        }
        return value;
    }

    /** true or false; false when it is absent. */
    public boolean flag(String name) {
        String value = oneOf(name, Set.of("true", "false"));
        return "true".equals(value);
    }

    public @Nullable Instant instant(String name) {
        String value = text(name);
        if (value == null) {
            return null;
        }
        try {
            // A plus sign that was not encoded arrives as a blank.
            return OffsetDateTime.parse(value.replace(' ', '+').toUpperCase(Locale.ROOT))
                    .toInstant();
        } catch (DateTimeException e) {
            faults.add(name, name + " must be an RFC 3339 instant such as 2030-01-31T08:00:00Z, not '" + value + "'");
            return null;
        }
    }

    /** 1 to 1000, 50 when it is absent; more is cut to 1000. */
    public int limit() {
        String value = text("limit");
        if (value == null) {
            return DEFAULT_LIMIT;
        }
        if (!value.matches("[0-9]{1,18}") || Long.parseLong(value) < 1) {
            faults.add("limit", "limit must be a number from 1 to " + LARGEST_LIMIT + ", not '" + value + "'");
            return DEFAULT_LIMIT;
        }
        return (int) Math.min(Long.parseLong(value), LARGEST_LIMIT);
    }

    public Faults faults() {
        return faults;
    }

    /**
     * Throws the 422 that lists what was wrong, if anything. What nobody has asked for until now is wrong too: a filter that
     * is spelt wrong would answer with everything.
     */
    public void check() {
        for (String name : values.keySet()) {
            if (!known.contains(name)) {
                faults.add(name, "unknown parameter; known are " + String.join(", ", known));
            }
        }
        faults.check();
    }
}
