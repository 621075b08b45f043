package dev.leasehold.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/** Instants on their way to and from columns. Arrays carry microseconds since the epoch, which the server adds up exactly. */
final class Times {

    private Times() {}

    static OffsetDateTime bind(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    static @Nullable OffsetDateTime bindNullable(@Nullable Instant instant) {
        return instant == null ? null : bind(instant);
    }

    static long micros(Instant instant) {
        // Not by ChronoUnit, which counts nanoseconds on the way and overflows 292 years from the epoch.
        return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000L), instant.getNano() / 1_000);
    }

    static @Nullable Long microsNullable(@Nullable Instant instant) {
        return instant == null ? null : micros(instant);
    }

    /** Until the year 2106 a double of seconds, as {@code to_timestamp} takes it, is exact to the microsecond. */
    static boolean isExactInSeconds(Instant instant) {
        return Math.abs(instant.getEpochSecond()) < 1L << 32;
    }

    static double seconds(Instant instant) {
        return micros(instant) / 1e6;
    }

    static Instant read(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    /** By its number, for rows that come by the thousand. */
    static Instant read(ResultSet row, int column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    static @Nullable Instant readNullable(ResultSet row, int column) throws SQLException {
        OffsetDateTime value = row.getObject(column, OffsetDateTime.class);
        return value == null ? null : value.toInstant();
    }

    static @Nullable Instant readNullable(ResultSet row, String column) throws SQLException {
        OffsetDateTime value = row.getObject(column, OffsetDateTime.class);
        return value == null ? null : value.toInstant();
    }
}
