package dev.leasehold.store;

import dev.leasehold.task.LaneOf;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Creates many tasks by COPY, the fastest way into a table. COPY knows no conflicts, so it is for tasks without a key; others
 * go by {@link Tasks#create}.
 */
public final class BulkInsert {

    /** From so many tasks on it is worth its two trips. */
    private static final int WORTH_IT = 200;

    private static final int PIECE = 10_000;

    private BulkInsert() {}

    /** Copies rows into a table over the connection that the caller has leased. */
    @FunctionalInterface
    public interface CopyIn {
        long copyIn(String sql, InputStream rows) throws SQLException, IOException;
    }

    /** Whether these tasks can and should be created in this way. */
    public static boolean isFor(List<NewTask> tasks) {
        return tasks.size() >= WORTH_IT && tasks.stream().allMatch(BulkInsert::isPlain);
    }

    private static boolean isPlain(NewTask task) {
        return task.key() == null && task.after().isEmpty() && !task.needed();
    }

    // Ids are drawn one by one from the sequence that all share; each row also says the clock and the number of lanes.
    private static final String DRAW = """
            SELECT nextval('leasehold.task_id') AS id, clock_timestamp() AS now,
                   (SELECT value FROM leasehold.setting WHERE name = 'lanes') AS lanes
            FROM generate_series(1, ?)
            """;

    private static final String COPY = """
            COPY leasehold.task (id, lane, priority, due_at, tenant, type, queue, concurrency_key, payload, schedule, retry,
                                 timeout_ms)
            FROM STDIN
            """;

    /**
     * Creates the tasks in the caller's transaction.
     *
     * @return one answer a task, in the order given
     * @throws StoreException when no node has fixed the number of lanes yet
     */
    public static List<Tasks.Created> create(Connection connection, CopyIn copy, List<NewTask> tasks)
            throws SQLException, IOException {
        List<Tasks.Created> created = new ArrayList<>(tasks.size());
        for (int from = 0; from < tasks.size(); from += PIECE) {
            List<NewTask> piece = tasks.subList(from, Math.min(tasks.size(), from + PIECE));
            List<Tasks.Created> places = places(connection, piece);
            StringBuilder rows = new StringBuilder(piece.size() * 128);
            for (int i = 0; i < piece.size(); i++) {
                row(rows, places.get(i), piece.get(i));
            }
            copy.copyIn(COPY, new ByteArrayInputStream(rows.toString().getBytes(StandardCharsets.UTF_8)));
            created.addAll(places);
        }
        return created;
    }

    /** Where each of the tasks will stand. */
    private static List<Tasks.Created> places(Connection connection, List<NewTask> tasks) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(DRAW)) {
            statement.setInt(1, tasks.size());
            List<Tasks.Created> places = new ArrayList<>(tasks.size());
            try (ResultSet row = statement.executeQuery()) {
                for (NewTask task : tasks) {
                    row.next();
                    int lanes = row.getInt("lanes");
                    if (lanes == 0) {
                        throw new StoreException(
                                "no node has started on this database yet: the number of lanes is not set");
                    }
                    long id = row.getLong("id");
                    Instant now = Times.read(row, "now");
                    @Nullable Instant wanted = task.dueAt();
                    Instant due = wanted == null || wanted.isBefore(now) ? now : wanted;
                    places.add(new Tasks.Created(
                            id,
                            true,
                            LaneOf.task(id, task.concurrencyKey(), lanes),
                            task.priority(),
                            due.truncatedTo(ChronoUnit.MICROS)));
                }
            }
            return places;
        }
    }

    private static void row(StringBuilder rows, Tasks.Created place, NewTask task) {
        rows.append(place.id()).append('\t').append(place.lane()).append('\t').append(place.priority());
        field(rows, String.valueOf(place.dueAt()));
        field(rows, task.tenant());
        field(rows, task.type());
        field(rows, task.queue());
        field(rows, task.concurrencyKey());
        field(rows, task.payload());
        field(rows, task.schedule());
        field(rows, task.retry());
        field(rows, task.timeoutMillis() == null ? null : task.timeoutMillis().toString());
        rows.append('\n');
    }

    /** As COPY's text format wants it. */
    private static void field(StringBuilder rows, @Nullable String text) {
        rows.append('\t');
        if (text == null) {
            rows.append("\\N");
            return;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\\' -> rows.append("\\\\");
                case '\t' -> rows.append("\\t");
                case '\n' -> rows.append("\\n");
                case '\r' -> rows.append("\\r");
                default -> rows.append(c);
            }
        }
    }
}
