package dev.leasehold.type.failure;

import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import java.sql.SQLException;
import java.util.Set;

/** Reasons for failed statements, by SQLSTATE. */
public final class SqlFailures {

    /** Classes in which the statement, its parameters or the rights are wrong: the same again fails again. */
    private static final Set<String> WRONG =
            Set.of("07", "0A", "21", "22", "23", "26", "2B", "34", "3D", "3F", "42", "44", "P0");

    private SqlFailures() {}

    /** The outcome of a statement that failed. */
    public static Outcome of(SQLException failure) {
        String state = failure.getSQLState() == null ? "" : failure.getSQLState();
        String message = "SQLSTATE " + (state.isEmpty() ? "unknown" : state) + ": " + failure.getMessage();
        String stateClass = state.length() >= 2 ? state.substring(0, 2) : "";
        if (WRONG.contains(stateClass)) {
            return Outcome.failed(Reason.CONFIG, message).permanent();
        }
        return switch (stateClass) {
            case "08", "53", "57", "58" -> Outcome.failed(Reason.NETWORK, message);
            case "28" -> Outcome.failed(Reason.AUTH, message);
            default -> Outcome.failed(Reason.UNKNOWN, message);
        };
    }
}
