package dev.leasehold.store;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Looks past the due tasks of tenants of which enough wait in memory, for tasks of others. */
public final class OtherTenants {

    private OtherTenants() {}

    /**
     * Where a walk begins: behind this due time and id.
     *
     * @param walk rows that are walked over at most, whatever they are
     */
    public record Place(LaneFence fence, int priority, Instant afterAt, long afterId, int walk) {}

    /** Enough tasks of this type and tenant wait. */
    public record Crowd(String type, String tenant) {}

    /**
     * Which tasks are looked for.
     *
     * @param types of these types
     * @param crowds not these
     * @param perTenant the first ones of each type and tenant that was met
     */
    public record Wanted(
            Collection<String> types,
            Collection<Crowd> crowds,
            Collection<String> busyKeys,
            Collection<String> leftQueues,
            Collection<String> leftTenants,
            int perTenant,
            int most) {}

    /** The last row that was walked over from a place; {@code full}: there may be more behind it. */
    public record End(Instant dueAt, long id, boolean full) {}

    /**
     * What was seen.
     *
     * @param ids of tasks that are wanted
     * @param ends by place; null where nothing was walked over
     */
    public record Seen(List<Long> ids, List<@Nullable End> ends) {}

    // The walk ends after so many rows, whoever they belong to: what it costs is bounded, what it finds is not.
    private static final String LOOK = """
            WITH asked AS MATERIALIZED (
                SELECT *
                FROM unnest(?::smallint[], ?::bigint[], ?::uuid[], ?::smallint[], ?::bigint[], ?::bigint[], ?::int[])
                         WITH ORDINALITY AS a (no, epoch, token, priority, after_at, after_id, walk, place)
            ),
            walked AS MATERIALIZED (
                SELECT a.place, t.*
                FROM asked a
                JOIN leasehold.lane l ON l.no = a.no AND l.owner = ? AND l.epoch = a.epoch AND l.token = a.token
                CROSS JOIN LATERAL (
                    SELECT d.id, d.due_at, d.tenant, d.type, d.queue, d.concurrency_key
                    FROM leasehold.task d
                    WHERE d.state = 'active'
                      AND d.lane = a.no
                      AND d.priority = a.priority
                      AND (d.due_at, d.id) > ('epoch'::timestamptz + a.after_at * interval '1 microsecond', a.after_id)
                      AND d.due_at <= now()
                    ORDER BY d.due_at, d.id
                    LIMIT a.walk
                ) AS t
            ),
            found AS (
                SELECT f.id
                FROM (
                    SELECT w.id, w.place, w.due_at,
                           row_number() OVER (PARTITION BY w.type, w.tenant ORDER BY w.due_at, w.id) AS nth
                    FROM walked w
                    WHERE w.type = ANY (?)
                      AND (w.type, w.tenant) NOT IN (SELECT c.type, c.tenant FROM unnest(?::text[], ?::text[]) AS c (type, tenant))
                      AND (w.concurrency_key IS NULL OR w.concurrency_key NOT IN (SELECT k.key FROM unnest(?::text[]) AS k (key)))
                      AND w.queue <> ALL (?)
                      AND w.tenant <> ALL (?)
                ) AS f
                WHERE f.nth <= ?
                ORDER BY f.nth, f.due_at, f.id
                LIMIT ?
            ),
            ends AS (
                SELECT DISTINCT ON (w.place) w.place, w.due_at, w.id, count(*) OVER (PARTITION BY w.place) AS walked
                FROM walked w
                ORDER BY w.place, w.due_at DESC, w.id DESC
            )
            SELECT NULL::bigint AS place, f.id, NULL::timestamptz AS due_at, NULL::bigint AS walked FROM found f
            UNION ALL
            SELECT e.place, e.id, e.due_at, e.walked FROM ends e
            """;

    /** Walks from each place over what is due there. */
    public static Seen look(Connection connection, String owner, List<Place> places, Wanted wanted)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LOOK)) {
            bind(statement, 1, "int2", places, place -> place.fence().lane());
            bind(statement, 2, "int8", places, place -> place.fence().epoch());
            bind(statement, 3, "uuid", places, place -> place.fence().token());
            bind(statement, 4, "int2", places, Place::priority);
            bind(statement, 5, "int8", places, place -> Times.micros(place.afterAt()));
            bind(statement, 6, "int8", places, Place::afterId);
            bind(statement, 7, "int4", places, Place::walk);
            statement.setString(8, owner);
            statement.setArray(9, texts(connection, wanted.types().stream()));
            statement.setArray(10, texts(connection, wanted.crowds().stream().map(Crowd::type)));
            statement.setArray(11, texts(connection, wanted.crowds().stream().map(Crowd::tenant)));
            statement.setArray(12, texts(connection, wanted.busyKeys().stream()));
            statement.setArray(13, texts(connection, wanted.leftQueues().stream()));
            statement.setArray(14, texts(connection, wanted.leftTenants().stream()));
            statement.setInt(15, wanted.perTenant());
            statement.setInt(16, wanted.most());
            List<Long> ids = new ArrayList<>();
            List<@Nullable End> ends = new ArrayList<>();
            places.forEach(place -> ends.add(null));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    int place = row.getInt("place");
                    if (row.wasNull()) {
                        ids.add(row.getLong("id"));
                    } else {
                        boolean full =
                                row.getLong("walked") >= places.get(place - 1).walk();
                        ends.set(place - 1, new End(Times.read(row, "due_at"), row.getLong("id"), full));
                    }
                }
            }
            return new Seen(ids, ends);
        }
    }

    private static void bind(
            PreparedStatement statement, int at, String type, List<Place> places, Function<Place, Object> value)
            throws SQLException {
        Object[] values = places.stream().map(value).toArray();
        statement.setArray(at, statement.getConnection().createArrayOf(type, values));
    }

    private static Array texts(Connection connection, Stream<String> values) throws SQLException {
        return connection.createArrayOf("text", values.toArray());
    }
}
