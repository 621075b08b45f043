package dev.leasehold.type.monitoring;

import dev.leasehold.outbound.OutboundClient;
import dev.leasehold.outbound.OutboundException;
import dev.leasehold.outbound.OutboundException.Kind;
import dev.leasehold.outbound.OutboundRequest;
import dev.leasehold.outbound.OutboundResponse;
import dev.leasehold.outbound.TargetUrl;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskContext.Severity;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskType;
import dev.leasehold.type.failure.CallFailures;
import dev.leasehold.type.failure.SqlFailures;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/**
 * Checks, keeps the measured value with the run's completion, raises an alert while the check is not met and clears it
 * when it is again. A check that is not met is a run that succeeded: it found what it was sent to find.
 */
public final class MonitoringHandler implements TaskHandler<Monitoring> {

    /** Name of the type. */
    public static final String NAME = "monitoring";

    private static final String ALERT = "check";
    private static final Duration HOLD = Duration.ofSeconds(10);
    private static final int LARGEST_ANSWER = 1_000_000;

    private final OutboundClient client;

    public MonitoringHandler(OutboundClient client) {
        this.client = client;
    }

    @Override
    public TaskType<Monitoring> type() {
        return TaskType.of(NAME, Monitoring.class)
                .description("Checks a URL or a query, keeps the value, raises and clears an alert")
                .timeout(Duration.ofMinutes(1));
    }

    @Override
    public Outcome run(Monitoring task, TaskContext context) throws Exception {
        Measurement measured;
        try {
            measured = task.check().url() == null
                    ? query(task.check(), context)
                    : fetch(task.check(), task.check().url());
        } catch (OutboundException e) {
            return CallFailures.of(e);
        } catch (SQLException e) {
            return SqlFailures.of(e);
        }
        if (measured.met()) {
            context.clearAlert(ALERT);
        } else {
            context.raiseAlert(ALERT, Severity.ERROR, measured.detail());
        }
        return context.transaction(HOLD, connection -> {
            Measurements.insert(connection, context.runId(), measured);
            return Outcome.success(measured);
        });
    }

    private Measurement fetch(Check check, String url) throws InterruptedException {
        OutboundResponse answer;
        try {
            answer = client.send(OutboundRequest.get(TargetUrl.parse(url)).truncatedAt(LARGEST_ANSWER));
        } catch (OutboundException e) {
            if (e.kind() == Kind.REFUSED_TARGET || e.kind() == Kind.BUSY) {
                // That says something of us, nothing of the other side.
                throw e;
            }
            return new Measurement(false, null, String.valueOf(e.getMessage()));
        }
        double millis = (double) answer.elapsed().toNanos() / 1_000_000;
        int expected = check.expectedStatus() == null ? 200 : check.expectedStatus();
        if (answer.status() != expected) {
            return new Measurement(false, millis, "status " + answer.status() + ", expected " + expected);
        }
        if (check.body() != null && !answer.text().contains(check.body())) {
            return new Measurement(false, millis, "the answer does not contain the expected text");
        }
        if (check.maxMs() != null && millis > check.maxMs()) {
            return new Measurement(
                    false, millis, "answered after " + Math.round(millis) + " ms, expected " + check.maxMs());
        }
        return new Measurement(true, millis, "status " + answer.status() + " after " + Math.round(millis) + " ms");
    }

    private static Measurement query(Check check, TaskContext context) throws Exception {
        return context.inTransaction(TaskContext.USERDATA, HOLD, connection -> measure(connection, check));
    }

    private static Measurement measure(Connection connection, Check check) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET TRANSACTION READ ONLY");
            statement.setMaxRows(1);
            if (!statement.execute(String.valueOf(check.query()))) {
                return new Measurement(false, null, "the query has no result");
            }
            try (ResultSet row = statement.getResultSet()) {
                return row.next() ? compared(row, check) : new Measurement(false, null, "the query found no row");
            }
        }
    }

    private static Measurement compared(ResultSet row, Check check) throws SQLException {
        double value = row.getDouble(1);
        if (row.wasNull()) {
            return new Measurement(false, null, "the query found null");
        }
        double threshold = check.threshold() == null ? 0 : check.threshold();
        String sign = String.valueOf(check.operator());
        boolean met = Operator.of(sign).orElseThrow().holds(value, threshold);
        return new Measurement(met, value, value + (met ? " is " : " is not ") + sign + " " + threshold);
    }
}
