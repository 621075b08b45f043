package dev.leasehold.type.sql;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskType;
import dev.leasehold.type.failure.SqlFailures;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;

/** Runs one statement in the transaction of its run: its effect happens once, or not at all. */
public final class SqlCallHandler implements TaskHandler<SqlCall> {

    /** Name of the type. */
    public static final String NAME = "sql";

    /** Longest time that the statement may take; the lease ends then. */
    private static final Duration HOLD = Duration.ofSeconds(30);

    private static final int FETCH_SIZE = 200;

    @Override
    public TaskType<SqlCall> type() {
        return TaskType.of(NAME, SqlCall.class)
                .description("Runs one SQL statement in the run's own transaction")
                .timeout(Duration.ofMinutes(1));
    }

    @Override
    public Outcome run(SqlCall call, TaskContext context) throws Exception {
        try {
            return context.transactionOn(call.pool(), HOLD, connection -> Outcome.success(execute(connection, call)));
        } catch (SQLException e) {
            return SqlFailures.of(e);
        }
    }

    private static SqlResult execute(Connection connection, SqlCall call) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(call.statement())) {
            statement.setFetchSize(FETCH_SIZE);
            statement.setMaxRows(SqlResult.MOST_ROWS + 1);
            int index = 0;
            for (JsonNode parameter : call.parameters()) {
                bind(statement, ++index, parameter);
            }
            if (!statement.execute()) {
                return SqlResult.ofCount(statement.getLargeUpdateCount());
            }
            try (ResultSet found = statement.getResultSet()) {
                return SqlResult.of(found);
            }
        }
    }

    /** Strings go untyped, so that the server takes them as what stands at that place: a date, a uuid, JSON, an array. */
    private static void bind(PreparedStatement statement, int index, JsonNode value) throws SQLException {
        switch (value.getNodeType()) {
            case NULL, MISSING -> statement.setNull(index, Types.OTHER);
            case BOOLEAN -> statement.setBoolean(index, value.booleanValue());
            case NUMBER -> {
                if (value.isIntegralNumber() && value.canConvertToLong()) {
                    statement.setLong(index, value.longValue());
                } else {
                    statement.setBigDecimal(index, value.decimalValue());
                }
            }
            default -> statement.setObject(index, value.asText(), Types.OTHER);
        }
    }
}
