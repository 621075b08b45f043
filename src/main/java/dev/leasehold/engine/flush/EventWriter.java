package dev.leasehold.engine.flush;

import dev.leasehold.engine.lane.Ready;
import dev.leasehold.engine.plan.Ending;
import dev.leasehold.store.Outbox;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Writes the events of runs into the outbox, in the transaction of their ends. Those of a failed attempt do not go out. */
public final class EventWriter {

    private EventWriter() {}

    /** Whether the end of this attempt sends events. */
    public static boolean emits(Ending ending) {
        return !ending.said().events().isEmpty() && ending.isDone();
    }

    /** Writes the events of one run. */
    public static void write(Connection connection, Ready run, Ending ending) throws SQLException {
        if (emits(ending)) {
            Outbox.insert(connection, events(run, ending));
        }
    }

    static List<Outbox.NewEvent> events(Ready run, Ending ending) {
        return ending.said().events().stream()
                .map(event -> new Outbox.NewEvent(run.task(), event.name(), event.payload()))
                .toList();
    }
}
