package dev.leasehold.admin.http;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a list goes on, as an opaque text. It carries the list's name, so that the cursor of one list is refused by
 * another, and no secret: it may be made up, and then only moves its maker's own position.
 */
public final class Cursor {

    private final List<String> parts;

    private Cursor(List<String> parts) {
        this.parts = parts;
    }

    /** The text of a position. */
    public static String write(String list, Object... parts) {
        StringBuilder text = new StringBuilder(list);
        for (Object part : parts) {
            text.append('|').append(part);
        }
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** The position that {@link #write} wrote; empty when the query has none; a fault when it is none of this list. */
    public static Optional<Cursor> read(Query query, String list, int parts) {
        @Nullable String text = query.text("cursor");
        return text == null ? Optional.empty() : read(text, list, parts, query.faults());
    }

    /** As above, of a text that came in a body. */
    public static Optional<Cursor> read(String text, String list, int parts, Faults faults) {
        try {
            String plain = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
            List<String> all = List.of(plain.split("\\|", -1));
            if (all.size() == parts + 1 && all.get(0).equals(list)) {
                return Optional.of(new Cursor(all.subList(1, all.size())));
            }
        } catch (IllegalArgumentException e) {
            // falls through to the fault
        }
        faults.add("cursor", "cursor is not one that this list gave");
        return Optional.empty();
    }

    /** Throws the 422 where a part is no number. */
    public long number(int part) {
        try {
            return Long.parseLong(parts.get(part));
        } catch (NumberFormatException e) {
            throw foreign();
        }
    }

    /** Throws the 422 where a part is no number of an {@code int}. */
    public int integer(int part) {
        try {
            return Math.toIntExact(number(part));
        } catch (ArithmeticException e) {
            throw foreign();
        }
    }

    /** Throws the 422 where a part is no instant that a list could have given. */
    public Instant instant(int part) {
        try {
            Instant at = Instant.parse(parts.get(part));
            if (at.isAfter(Instant.EPOCH) && at.isBefore(Instant.parse("9999-01-01T00:00:00Z"))) {
                return at;
            }
            throw foreign();
        } catch (DateTimeException e) {
            throw foreign();
        }
    }

    private static ProblemException foreign() {
        return new ProblemException(
                Problem.invalid(List.of(new Fault("cursor", "cursor is not one that this list gave"))));
    }
}
