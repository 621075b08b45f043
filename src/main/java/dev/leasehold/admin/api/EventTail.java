package dev.leasehold.admin.api;

import dev.leasehold.store.DatabaseClock;
import dev.leasehold.store.Events;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Follows the event log. Ids are given before COMMIT, so an event may appear behind one with a greater id: the position
 * stays some seconds back, and what was seen already is left out. Read by one reader at a time.
 */
final class EventTail {

    private static final Duration LATEST_COMMIT = Duration.ofSeconds(15);

    /** After a pause of listeners only what is new matters. */
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private static final int MOST = 1000;

    private long position = -1;
    private Instant readAt = Instant.EPOCH;
    private final Map<Long, Instant> seen = new LinkedHashMap<>();

    /** The events that were not seen yet, oldest first. */
    List<Events.Row> read(Connection connection) throws SQLException {
        Instant now = DatabaseClock.now(connection);
        boolean paused = Duration.between(readAt, now).compareTo(PAUSE) > 0;
        readAt = now;
        if (paused) {
            begin(connection, now);
            return List.of();
        }
        List<Events.Row> fresh = new ArrayList<>();
        List<Events.Row> rows = Events.since(connection, position, MOST);
        for (Events.Row row : rows) {
            if (seen.put(row.id(), row.at()) == null) {
                fresh.add(row);
            }
        }
        boolean full = rows.size() == MOST;
        advance(full ? Instant.MAX : now.minus(LATEST_COMMIT));
        return fresh;
    }

    /** Starts at the end of the log; what was written within the last seconds counts as seen. */
    private void begin(Connection connection, Instant now) throws SQLException {
        seen.clear();
        List<Events.Row> newest =
                Events.list(connection, new Events.Filter(null, now.minus(LATEST_COMMIT), null, 0, MOST));
        List<Events.Row> last =
                newest.isEmpty() ? Events.list(connection, new Events.Filter(null, null, null, 0, 1)) : newest;
        position = last.stream().mapToLong(Events.Row::id).min().orElse(0);
        newest.forEach(row -> seen.put(row.id(), row.at()));
        last.forEach(row -> seen.put(row.id(), row.at()));
    }

    /** Moves on past what is too old for an earlier id to appear still. */
    private void advance(Instant settled) {
        seen.entrySet().removeIf(entry -> {
            boolean old = entry.getValue().isBefore(settled);
            if (old) {
                position = Math.max(position, entry.getKey());
            }
            return old;
        });
    }
}
