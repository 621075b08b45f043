package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A clock of the database that a test can set ahead. All that is due follows the database's clock, so the whole engine does
 * as the real one would at that time. For databases of tests alone: our statements call {@code now()} without a schema, and
 * the role's search path puts one before the server's own.
 */
public final class VirtualTime {

    private VirtualTime() {}

    private static final String INSTALL = """
            CREATE SCHEMA IF NOT EXISTS leasehold_clock;
            CREATE TABLE IF NOT EXISTS leasehold_clock.ahead (by interval NOT NULL);
            INSERT INTO leasehold_clock.ahead SELECT interval '0' WHERE NOT EXISTS (SELECT FROM leasehold_clock.ahead);
            CREATE OR REPLACE FUNCTION leasehold_clock.now() RETURNS timestamptz LANGUAGE sql STABLE
                AS 'SELECT pg_catalog.now() + by FROM leasehold_clock.ahead';
            CREATE OR REPLACE FUNCTION leasehold_clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
                AS 'SELECT pg_catalog.clock_timestamp() + by FROM leasehold_clock.ahead';
            ALTER ROLE CURRENT_USER SET search_path = public, leasehold_clock, pg_catalog;
            -- Defaults of columns were bound to the server's own clock when the tables were made.
            DO $$
            DECLARE c record;
            BEGIN
                FOR c IN SELECT table_name, column_name FROM information_schema.columns
                         WHERE table_schema = 'leasehold' AND column_default LIKE '%clock_timestamp()'
                LOOP
                    EXECUTE format('ALTER TABLE leasehold.%I ALTER COLUMN %I SET DEFAULT leasehold_clock.clock_timestamp()',
                                   c.table_name, c.column_name);
                END LOOP;
            END
            $$;
            """;

    /** Makes it, at the server's time; holds for sessions that begin after it. */
    public static void install(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(INSTALL);
        }
    }

    private static final String AHEAD = "UPDATE leasehold_clock.ahead SET by = by + ? * interval '1 microsecond'";

    private static final String LANES = "SELECT no FROM leasehold.lane";

    /** Sets it ahead, and tells the owners of the lanes that there may be something to read. */
    public static void jump(Connection connection, Duration by) throws SQLException {
        if (by.isNegative()) {
            throw new IllegalArgumentException("time does not run backwards: " + by);
        }
        try (PreparedStatement ahead = connection.prepareStatement(AHEAD)) {
            ahead.setLong(1, by.toNanos() / 1000);
            ahead.executeUpdate();
        }
        try (PreparedStatement statement = connection.prepareStatement(LANES);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                Tasks.notifyAtCommit(connection, row.getInt(1));
            }
        }
    }

    private static final String NOW = "SELECT pg_catalog.clock_timestamp() + by AS now FROM leasehold_clock.ahead";

    /** What it shows; for connections whose session began before it was made, too. */
    public static Instant now(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(NOW);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return Times.read(row, "now");
        }
    }

    private static final String DUE = """
            SELECT t.id FROM leasehold.task t, leasehold_clock.ahead a
            WHERE t.state = 'active' AND t.due_at <= pg_catalog.clock_timestamp() + a.by AND t.type = ANY (?)
            ORDER BY t.id
            """;

    /** Tasks of these types that are due; one that is being run stays among them until its end is written. */
    public static List<Long> due(Connection connection, Collection<String> types) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(DUE)) {
            statement.setArray(1, connection.createArrayOf("text", types.toArray()));
            try (ResultSet row = statement.executeQuery()) {
                List<Long> due = new ArrayList<>();
                while (row.next()) {
                    due.add(row.getLong(1));
                }
                return due;
            }
        }
    }
}
