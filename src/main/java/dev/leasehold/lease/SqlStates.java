package dev.leasehold.lease;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** What an SQLSTATE says about the connection, the server and a repetition. */
final class SqlStates {

    private SqlStates() {}

    /** The state of the failure or of the nearest cause that has one, empty when none has. */
    static String of(@Nullable Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            if (each instanceof SQLException sql && sql.getSQLState() != null) {
                return sql.getSQLState();
            }
        }
        return "";
    }

    /** The connection is of no use any more: lost, or closed by the server. */
    static boolean connectionLost(String state) {
        return state.startsWith("08")
                || state.startsWith("57P0")
                || state.equals("25P03") // idle in transaction for too long
                || state.equals("25P04") // transaction for too long
                || state.equals("57P05");
    }

    /** The server cannot write at present: it is a standby, or was made one. */
    static boolean readOnlyServer(String state) {
        return state.equals("25006");
    }

    /** A person must act: wrong user, password, database or right. */
    static boolean configuration(String state) {
        return state.startsWith("28") || state.equals("3D000") || state.equals("42501");
    }

    /** Serialization failures, deadlocks, lock waits, server starting or full: the same again may work. */
    static boolean worthRetrying(String state) {
        return state.startsWith("40")
                || state.equals("55P03")
                || state.startsWith("53")
                || state.startsWith("08")
                || state.startsWith("57P0");
    }

    /** True when the server itself answered with this error, so that what it was asked for did not happen. */
    static boolean answered(SQLException failure) {
        String state = of(failure);
        return !state.isEmpty() && !connectionLost(state);
    }
}
