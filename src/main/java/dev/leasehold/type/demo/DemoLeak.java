package dev.leasehold.type.demo;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.PayloadField;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskType;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;

/**
 * A task that does what must not be done: it keeps a connection with an open transaction, idle, far beyond its lease. It
 * shows that such a lease is taken back, that its actor is restarted, and who the culprit was.
 */
public final class DemoLeak implements TaskHandler<DemoLeak.Payload> {

    /** Name of the type. */
    public static final String NAME = "demo-leak";

    /**
     * What to keep, and for how long.
     *
     * @param leaseMillis for how long the connection is asked for; 2000 when absent
     * @param holdMillis for how long it is kept; 60000 when absent
     */
    @JsonNaming(SnakeCaseStrategy.class)
    public record Payload(
            @PayloadField("length of the lease; 2000 when absent")
            Long leaseMillis,

            @PayloadField("for how long it is kept; 60000 when absent")
            Long holdMillis) {

        public Payload {
            leaseMillis = leaseMillis == null ? 2000L : leaseMillis;
            holdMillis = holdMillis == null ? 60_000L : holdMillis;
            if (leaseMillis < 1 || leaseMillis > 300_000) {
                throw new IllegalArgumentException("lease_millis must be 1 to 300000, not " + leaseMillis);
            }
            if (holdMillis < 0 || holdMillis > 3_600_000) {
                throw new IllegalArgumentException("hold_millis must be 0 to 3600000, not " + holdMillis);
            }
        }
    }

    private static final String SHORT_STATEMENT = """
            SELECT count(*)
            FROM pg_catalog.pg_namespace
            """;

    @Override
    public TaskType<Payload> type() {
        return TaskType.of(NAME, Payload.class)
                .description("Keeps a leased connection beyond its deadline, on purpose")
                .timeout(Duration.ofMinutes(65));
    }

    @Override
    public Outcome run(Payload payload, TaskContext context) throws Exception {
        long kept =
                context.inTransaction(TaskContext.USERDATA, Duration.ofMillis(payload.leaseMillis()), connection -> {
                    query(connection);
                    Thread.sleep(payload.holdMillis());
                    return payload.holdMillis();
                });
        return Outcome.success(Map.of("kept_millis", kept));
    }

    private static void query(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(SHORT_STATEMENT)) {
            found.next();
        }
    }
}
