package dev.leasehold.type.monitoring;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.leasehold.outbound.TargetUrl;
import dev.leasehold.task.PayloadField;
import dev.leasehold.type.sql.OneStatement;
import org.jspecify.annotations.Nullable;

/**
 * One check. By {@code url}: the answer has the expected status, contains the text, and came in time. By {@code query}: the
 * first column of its first row, a number, stands to the threshold as the operator says.
 */
@JsonNaming(SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Check(
        @PayloadField("what to fetch, for an HTTP check") @Nullable
        String url,

        @PayloadField("200 when absent") @Nullable Integer expectedStatus,

        @PayloadField("text that the answer must contain") @Nullable
        String body,

        @PayloadField("how long the answer may take") @Nullable
        Integer maxMs,

        @PayloadField("what to ask the user-data database, for an SQL check") @Nullable
        String query,

        @PayloadField("one of > < >= <= = !=") @Nullable String operator,

        @PayloadField("what the value is compared with") @Nullable
        Double threshold) {

    private static final int LONGEST_MS = 30_000;

    public Check {
        require((url == null) != (query == null), "check must have either a url or a query");
        if (url != null) {
            require(operator == null && threshold == null, "check.operator and check.threshold belong to a query");
            try {
                TargetUrl.parse(url);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("check.url " + e.getMessage(), e);
            }
            require(
                    expectedStatus == null || (expectedStatus >= 100 && expectedStatus <= 599),
                    "check.expected_status must be 100 to 599");
            require(body == null || !body.isEmpty(), "check.body must not be empty");
            require(maxMs == null || (maxMs >= 1 && maxMs <= LONGEST_MS), "check.max_ms must be 1 to " + LONGEST_MS);
        }
        if (query != null) {
            require(
                    expectedStatus == null && body == null && maxMs == null,
                    "check.expected_status, check.body and check.max_ms belong to a url");
            checkQuery(query);
            require(
                    operator != null && Operator.of(operator).isPresent(),
                    "check.operator must be one of > < >= <= = !=");
            require(threshold != null && Double.isFinite(threshold), "check.threshold must be a number");
        }
    }

    private static void checkQuery(String query) {
        require(!query.isBlank(), "check.query must not be empty");
        try {
            OneStatement.check(query);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("check.query: " + e.getMessage(), e);
        }
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
