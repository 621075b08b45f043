package dev.leasehold.store;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The conditions of a list, of which some may not be asked for. What is not asked for is not in the statement either: one
 * text for all cases ({@code ? IS NULL OR …}) has one plan for all of them, which may read the whole table for each.
 */
final class Conditions {

    private final List<String> texts = new ArrayList<>();
    private final List<Object> values = new ArrayList<>();

    /** @param values for the places of the condition, in their order; the condition is left out where the first is null */
    Conditions add(String condition, @Nullable Object... values) {
        if (values.length > 0 && values[0] == null) {
            return this;
        }
        texts.add(condition);
        for (Object value : values) {
            this.values.add(java.util.Objects.requireNonNull(value));
        }
        return this;
    }

    /** The clause, or nothing where there is no condition. */
    String where() {
        return texts.isEmpty() ? "" : "WHERE " + String.join("\n  AND ", texts) + "\n";
    }

    /** Sets the values from this place on; returns the place behind them. */
    int bind(PreparedStatement statement, int first) throws SQLException {
        int next = first;
        for (Object value : values) {
            statement.setObject(next++, value);
        }
        return next;
    }
}
