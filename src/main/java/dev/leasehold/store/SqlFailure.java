package dev.leasehold.store;

import java.sql.SQLException;
import java.util.Optional;

/** What a failed statement says about the server, found from SQLSTATEs: for callers who must not know JDBC. */
public enum SqlFailure {
    /** The server is not reached, starts, stops, or takes no more connections. Nothing is known to be done. */
    UNREACHABLE,
    /** The server gave up because of a limit, a deadlock or a conflict; nothing was done and a repetition may help. */
    TRANSIENT,
    /** The values cannot be stored: a fault of the caller. */
    BAD_VALUE,
    /** Anything else: a fault of ours. */
    OTHER;

    /** Classifies a failure by the first SQLException among its causes; empty when there is none. */
    public static Optional<SqlFailure> of(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 10; depth++) {
            if (cause instanceof SQLException sql) {
                String state = sql.getSQLState();
                return Optional.of(state == null ? UNREACHABLE : ofState(state));
            }
            cause = cause.getCause();
        }
        return Optional.empty();
    }

    private static SqlFailure ofState(String state) {
        if (state.startsWith("08") || state.startsWith("57P") || state.equals("53300") || state.equals("25006")) {
            return UNREACHABLE;
        }
        if (state.startsWith("40") || state.startsWith("53") || state.equals("57014") || state.equals("55P03")) {
            return TRANSIENT;
        }
        return state.startsWith("22") ? BAD_VALUE : OTHER;
    }
}
