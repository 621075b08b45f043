package dev.leasehold.dashboard;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How templates write numbers, times and long texts. Times are UTC here; the browser turns them into its own. */
public final class Format {

    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss 'UTC'", Locale.ROOT);
    private static final DateTimeFormatter MOMENT = DateTimeFormatter.ofPattern("d MMM HH:mm:ss 'UTC'", Locale.ENGLISH);

    private Format() {}

    /** 1234567 as 1,234,567. */
    public static String count(long number) {
        return String.format(Locale.ENGLISH, "%,d", number);
    }

    public static String clock(Instant instant) {
        return CLOCK.format(instant.atOffset(ZoneOffset.UTC));
    }

    public static String moment(Instant instant) {
        return MOMENT.format(instant.atOffset(ZoneOffset.UTC));
    }

    /** In the largest unit that keeps it readable; a dash for none. */
    public static String duration(@Nullable Duration duration) {
        return duration == null ? "–" : millis(duration.toMillis());
    }

    public static String seconds(double seconds) {
        return millis((long) (seconds * 1000));
    }

    public static String millis(long millis) {
        if (millis < 1000) {
            return millis + " ms";
        }
        if (millis < 60_000) {
            return String.format(Locale.ENGLISH, millis % 1000 == 0 ? "%.0f s" : "%.1f s", millis / 1000.0);
        }
        long minutes = millis / 60_000;
        if (minutes < 60) {
            long rest = millis / 1000 % 60;
            return minutes + " min" + (rest == 0 ? "" : " " + rest + " s");
        }
        return minutes / 60 + " h" + (minutes % 60 == 0 ? "" : " " + minutes % 60 + " min");
    }

    /** The beginning of a text, its white space collapsed; empty for none. */
    public static String oneLine(@Nullable String text, int longest) {
        return text == null ? "" : shortened(text.replaceAll("\\s+", " ").strip(), longest);
    }

    public static String shortened(String text, int longest) {
        return text.length() <= longest ? text : text.substring(0, longest - 1) + "…";
    }

    /** The last part of an actor's path. */
    public static String tail(String path) {
        return path.startsWith("akka:") || path.startsWith("/") ? path.substring(path.lastIndexOf('/') + 1) : path;
    }

    public static String outcomeClass(@Nullable String outcome) {
        return switch (outcome == null ? "" : outcome) {
            case "success" -> "ok";
            case "partial", "skipped", "cancelled" -> "warn";
            case "failed" -> "bad";
            default -> "";
        };
    }

    public static String severityClass(String severity) {
        return switch (severity) {
            case "error" -> "bad";
            case "warning" -> "warn";
            default -> "";
        };
    }
}
