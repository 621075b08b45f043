package dev.leasehold.store;

import dev.leasehold.task.StartRate;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** The starts of tasks under a rate: the next owner of their lane must count them too. */
public final class KeyStarts {

    private KeyStarts() {}

    /** A task of a type under this rate is about to start, under this ownership of its lane. */
    public record Start(LaneFence fence, String type, String key, StartRate rate) {}

    // The fence is locked: an owner that has lost the lane writes nothing, and what it wrote before, its successor
    // sees.
    private static final String WRITE = """
            WITH wanted AS (
                SELECT *
                FROM unnest(?::smallint[], ?::bigint[], ?::uuid[], ?::text[], ?::text[], ?::bigint[])
                         WITH ORDINALITY AS w (no, epoch, token, type, key, window_ms, place)
            ),
            held AS MATERIALIZED (
                SELECT l.no, l.epoch, l.token
                FROM leasehold.lane l
                WHERE l.owner = ? AND (l.no, l.epoch, l.token) IN (SELECT w.no, w.epoch, w.token FROM wanted w)
                ORDER BY l.no
                FOR SHARE
            ),
            accepted AS (
                SELECT w.*, clock_timestamp() AS at
                FROM wanted w
                JOIN held h ON h.no = w.no AND h.epoch = w.epoch AND h.token = w.token
            ),
            written AS (
                INSERT INTO leasehold.key_start (type, key, started_at, over_at)
                SELECT a.type, a.key, a.at, a.at + a.window_ms * interval '1 millisecond'
                FROM accepted a
            )
            SELECT a.place FROM accepted a
            """;

    /**
     * Writes starts down before they happen.
     *
     * @return places of those that were accepted: the lanes of the others have another owner
     */
    public static Set<Integer> write(Connection connection, String owner, List<Start> starts) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(WRITE)) {
            bind(statement, 1, "int2", starts, start -> start.fence().lane());
            bind(statement, 2, "int8", starts, start -> start.fence().epoch());
            bind(statement, 3, "uuid", starts, start -> start.fence().token());
            bind(statement, 4, "text", starts, Start::type);
            bind(statement, 5, "text", starts, Start::key);
            bind(statement, 6, "int8", starts, start -> start.rate().window().toMillis());
            statement.setString(7, owner);
            Set<Integer> accepted = new HashSet<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    accepted.add(row.getInt("place") - 1);
                }
            }
            return accepted;
        }
    }

    private static final String COUNT = """
            SELECT w.place, s.started_at
            FROM unnest(?::text[], ?::text[], ?::int[], ?::bigint[])
                     WITH ORDINALITY AS w (type, key, starts, window_ms, place)
            CROSS JOIN LATERAL (
                SELECT k.started_at
                FROM leasehold.key_start k
                WHERE k.type = w.type AND k.key = w.key
                  AND k.started_at > clock_timestamp() - w.window_ms * interval '1 millisecond'
                ORDER BY k.started_at DESC
                LIMIT w.starts
            ) AS s
            ORDER BY w.place, s.started_at
            """;

    /** What has started within its window, of each of these, the oldest first; the newest ones, as many as the rate allows. */
    public static List<List<Instant>> count(Connection connection, List<Start> asked) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(COUNT)) {
            bind(statement, 1, "text", asked, Start::type);
            bind(statement, 2, "text", asked, Start::key);
            bind(statement, 3, "int4", asked, start -> start.rate().starts());
            bind(statement, 4, "int8", asked, start -> start.rate().window().toMillis());
            List<List<Instant>> starts = new ArrayList<>(asked.size());
            asked.forEach(each -> starts.add(new ArrayList<>()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    starts.get(row.getInt("place") - 1).add(Times.read(row, "started_at"));
                }
            }
            return starts;
        }
    }

    private static void bind(
            PreparedStatement statement, int place, String type, List<Start> starts, Function<Start, Object> value)
            throws SQLException {
        statement.setArray(
                place,
                statement
                        .getConnection()
                        .createArrayOf(type, starts.stream().map(value).toArray()));
    }

    private static final String PRUNE = """
            DELETE FROM leasehold.key_start
            WHERE ctid = ANY (ARRAY(
                SELECT k.ctid FROM leasehold.key_start k
                WHERE k.over_at < clock_timestamp()
                ORDER BY k.over_at
                LIMIT 50000
            ))
            """;

    /** Removes what no rate asks about any more; returns how many. */
    public static int prune(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PRUNE)) {
            return statement.executeUpdate();
        }
    }
}
