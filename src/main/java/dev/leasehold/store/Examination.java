package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/**
 * What a command can see of a platform database through one connection.
 *
 * @param version the server's major version
 * @param migrated the schema is there; its own checks tell whether it is this version's
 * @param now the database's clock
 * @param livingNodes that have beaten within the last ten seconds
 * @param lanesWithoutOwner that no living node owns
 * @param findings empty where the schema is not there yet
 */
public record Examination(
        int version,
        boolean migrated,
        Instant now,
        ServerLimits limits,
        int livingNodes,
        int lanesWithoutOwner,
        List<Invariants.Finding> findings) {

    private static final String SERVER = """
            SELECT current_setting('server_version_num')::int / 10000 AS version,
                   to_regclass('leasehold.lane') IS NOT NULL AS migrated
            """;

    private static final String NODES = """
            WITH living AS (
                SELECT incarnation FROM leasehold.node
                WHERE stopped_at IS NULL AND beat_at > clock_timestamp() - interval '10 seconds'
            )
            SELECT (SELECT count(*) FROM living)::int AS nodes,
                   (SELECT count(*) FROM leasehold.lane
                    WHERE owner IS NULL OR owner NOT IN (SELECT incarnation FROM living))::int AS lanes
            """;

    /** Reads all of it and changes nothing. */
    public static Examination read(Connection connection) throws SQLException {
        int version;
        boolean migrated;
        try (PreparedStatement statement = connection.prepareStatement(SERVER);
                ResultSet row = statement.executeQuery()) {
            row.next();
            version = row.getInt("version");
            migrated = row.getBoolean("migrated");
        }
        Instant now = DatabaseClock.now(connection);
        ServerLimits limits = ServerLimits.read(connection);
        if (!migrated) {
            return new Examination(version, false, now, limits, 0, 0, List.of());
        }
        try (PreparedStatement statement = connection.prepareStatement(NODES);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return new Examination(
                    version, true, now, limits, row.getInt("nodes"), row.getInt("lanes"), Invariants.look(connection));
        }
    }
}
