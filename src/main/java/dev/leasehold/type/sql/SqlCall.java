package dev.leasehold.type.sql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.leasehold.task.PayloadField;
import dev.leasehold.task.TaskContext;
import java.util.List;

/**
 * One statement.
 *
 * @param pool {@code userdata} when absent, or {@code platform}
 * @param statement with a {@code ?} for each parameter
 * @param parameters strings, numbers, booleans and nulls
 */
@JsonNaming(SnakeCaseStrategy.class)
public record SqlCall(
        @PayloadField("userdata when absent, or platform") String pool,

        @PayloadField(value = "one statement, with a ? for each parameter", required = true)
        String statement,

        @PayloadField("strings, numbers, booleans and nulls")
        List<JsonNode> parameters) {

    private static final int LONGEST = 100_000;
    private static final int MOST_PARAMETERS = 1000;

    public SqlCall {
        pool = pool == null ? TaskContext.USERDATA : pool;
        if (!pool.equals(TaskContext.USERDATA) && !pool.equals(TaskContext.PLATFORM)) {
            throw new IllegalArgumentException("pool must be userdata or platform, not '" + pool + "'");
        }
        if (statement == null || statement.isBlank()) {
            throw new IllegalArgumentException("statement is required");
        }
        if (statement.length() > LONGEST) {
            throw new IllegalArgumentException("statement must be at most " + LONGEST + " characters");
        }
        OneStatement.check(statement);
        parameters = parameters == null ? List.of() : List.copyOf(parameters);
        if (parameters.size() > MOST_PARAMETERS) {
            throw new IllegalArgumentException("parameters must be at most " + MOST_PARAMETERS);
        }
        for (int i = 0; i < parameters.size(); i++) {
            if (parameters.get(i).isContainerNode()) {
                throw new IllegalArgumentException(
                        "parameters[" + i + "] must be a string, a number, a boolean or null");
            }
        }
    }

    /** Without the parameters, which may be personal data. */
    @Override
    public String toString() {
        return "SqlCall[" + pool + ", " + statement + ", " + parameters.size() + " parameters]";
    }
}
