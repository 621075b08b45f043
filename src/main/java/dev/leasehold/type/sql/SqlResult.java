package dev.leasehold.type.sql;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a statement brought: either a count of rows changed, or columns and rows.
 *
 * @param truncated whether there were more rows, or longer values, than are kept
 */
@JsonNaming(SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SqlResult(
        @Nullable Long updateCount,
        @Nullable List<String> columns,
        @Nullable List<List<@Nullable Object>> rows,
        @Nullable Boolean truncated) {

    /** Rows that are kept of a result. */
    static final int MOST_ROWS = 1000;

    private static final int MOST_CHARACTERS = 256 * 1024;
    private static final int LONGEST_VALUE = 8 * 1024;

    static SqlResult ofCount(long count) {
        return new SqlResult(count, null, null, null);
    }

    static SqlResult of(ResultSet found) throws SQLException {
        ResultSetMetaData meta = found.getMetaData();
        List<String> columns = new ArrayList<>();
        for (int column = 1; column <= meta.getColumnCount(); column++) {
            columns.add(meta.getColumnLabel(column));
        }
        List<List<@Nullable Object>> rows = new ArrayList<>();
        int characters = 0;
        boolean truncated = false;
        while (found.next()) {
            if (rows.size() == MOST_ROWS || characters > MOST_CHARACTERS) {
                truncated = true;
                break;
            }
            List<@Nullable Object> row = new ArrayList<>();
            for (int column = 1; column <= columns.size(); column++) {
                Object value = value(found, column, meta.getColumnType(column));
                if (value instanceof String text && text.length() > LONGEST_VALUE) {
                    value = text.substring(0, LONGEST_VALUE);
                    truncated = true;
                }
                characters += value instanceof String text ? text.length() : 8;
                row.add(value);
            }
            rows.add(row);
        }
        return new SqlResult(null, columns, rows, truncated);
    }

    private static @Nullable Object value(ResultSet found, int column, int type) throws SQLException {
        Object value = switch (type) {
            case Types.SMALLINT, Types.INTEGER, Types.BIGINT -> found.getLong(column);
            case Types.BIT, Types.BOOLEAN -> found.getBoolean(column);
            // PostgreSQL's NaN and infinities have no number in JSON.
            default -> found.getString(column);
        };
        if (found.wasNull()) {
            return null;
        }
        if (value instanceof String text && isNumeric(type)) {
            return number(text);
        }
        return value;
    }

    private static boolean isNumeric(int type) {
        return type == Types.NUMERIC || type == Types.DECIMAL || type == Types.REAL || type == Types.DOUBLE;
    }

    private static Object number(String text) {
        try {
            return new java.math.BigDecimal(text);
        } catch (NumberFormatException e) {
            return text;
        }
    }
}
