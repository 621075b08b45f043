package dev.leasehold.store;

import java.sql.SQLException;
import java.util.Optional;

/** SQLSTATEs for those who decide by them and have no JDBC. */
public final class SqlState {

    /** {@code lock_timeout} ran out, or {@code NOWAIT} met a lock. */
    public static final String LOCK_NOT_AVAILABLE = "55P03";

    /** A statement was cancelled: by request, or by {@code statement_timeout}. */
    public static final String QUERY_CANCELED = "57014";

    private static final int CAUSES_MAX = 20;

    private SqlState() {}

    /** That of the first exception in the chain of causes that has one. */
    public static Optional<String> of(Throwable failure) {
        Throwable each = failure;
        for (int depth = 0; each != null && depth < CAUSES_MAX; depth++) {
            Optional<String> state = ofOne(each);
            if (state.isPresent()) {
                return state;
            }
            each = each.getCause();
        }
        return Optional.empty();
    }

    /** That of this exception alone, its causes not looked at. */
    public static Optional<String> ofOne(Throwable failure) {
        return failure instanceof SQLException sql ? Optional.ofNullable(sql.getSQLState()) : Optional.empty();
    }
}
