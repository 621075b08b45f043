package dev.leasehold.engine.flush;

import dev.leasehold.engine.plan.AlertChange;
import dev.leasehold.store.Alerts;
import dev.leasehold.store.DueTask;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;

/** Writes what a handler said about alerts, in the transaction of its result: a refused result raises nothing. */
public final class AlertWriter {

    private AlertWriter() {}

    /** Writes the changes in the order in which the handler made them. */
    public static void write(Connection connection, DueTask task, List<AlertChange> changes) throws SQLException {
        String source = "task/" + task.id();
        for (AlertChange change : changes) {
            if (change.severity() == null) {
                Alerts.clear(connection, source, change.name());
            } else {
                String severity = change.severity().name().toLowerCase(Locale.ROOT);
                Alerts.raise(
                        connection,
                        new Alerts.Alert(
                                source,
                                change.name(),
                                severity,
                                change.message(),
                                task.id(),
                                task.type(),
                                task.tenant()));
            }
        }
    }
}
