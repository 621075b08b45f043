package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/**
 * The partitions of the append-only tables, one a day (UTC). They are made ahead and dropped when they are old; both wait
 * for locks no longer than a moment, because every flush writes through the parent. There is no default partition.
 */
public final class Partitions {

    private Partitions() {}

    /** A partitioned table and how long its days are kept. */
    public enum Table {
        RUN("run", 30),
        EVENT("event", 90),
        REVOKED_LEASE("revoked_lease", 90);

        private final String table;
        private final int keepDays;

        Table(String table, int keepDays) {
            this.table = table;
            this.keepDays = keepDays;
        }

        /** Days after which a day's partition may be dropped. */
        public int keepDays() {
            return keepDays;
        }
    }

    private static final DateTimeFormatter SUFFIX = DateTimeFormatter.ofPattern("yyyyMMdd");

    private static final String TODAY = "SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date";

    private static final String CHILDREN = """
            SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = ('leasehold.' || ?)::regclass ORDER BY c.relname
            """;

    // The wait for older transactions comes after the first commit of DETACH CONCURRENTLY: cut there, it leaves this.
    private static final String PENDING = """
            SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = ('leasehold.' || ?)::regclass AND i.inhdetachpending ORDER BY c.relname
            """;

    // Detached, now or by a call that did not get as far as the DROP.
    private static final String DETACHED = """
            SELECT c.relname FROM pg_class c
            WHERE c.relnamespace = 'leasehold'::regnamespace AND c.relkind = 'r' AND NOT c.relispartition
              AND c.relname ~ ('^' || ? || '_[0-9]{8}$') ORDER BY c.relname
            """;

    /** The database's day. */
    public static LocalDate today(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(TODAY);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getObject(1, LocalDate.class);
        }
    }

    /**
     * Makes the partitions from yesterday (for results of a node whose clock reads the last minute) to so many days ahead.
     * Nodes that do it at the same time do not disturb each other.
     */
    public static void ensure(Connection connection, int daysAhead) throws SQLException {
        LocalDate today = today(connection);
        for (Table table : Table.values()) {
            List<String> present = children(connection, table);
            for (LocalDate day = today.minusDays(1); !day.isAfter(today.plusDays(daysAhead)); day = day.plusDays(1)) {
                if (!present.contains(name(table, day))) {
                    make(connection, table, day);
                }
            }
        }
    }

    /** Days from today for which every table has its partition; readiness wants two. */
    public static int daysAhead(Connection connection) throws SQLException {
        LocalDate today = today(connection);
        int ahead = Integer.MAX_VALUE;
        for (Table table : Table.values()) {
            List<String> present = children(connection, table);
            int days = 0;
            while (present.contains(name(table, today.plusDays(days)))) {
                days++;
            }
            ahead = Math.min(ahead, days - 1);
        }
        return ahead;
    }

    /**
     * Drops the days that are older than the table keeps; returns the names of what went. What an earlier call was cut
     * short in is finished first: PostgreSQL detaches no other partition of the table until then.
     */
    public static List<String> prune(Connection connection) throws SQLException {
        LocalDate today = today(connection);
        List<String> dropped = new ArrayList<>();
        for (Table table : Table.values()) {
            for (String child : names(connection, PENDING, table)) {
                detach(connection, table, child, "FINALIZE");
            }
            String oldest = name(table, today.minusDays(table.keepDays()));
            for (String child : children(connection, table)) {
                if (child.compareTo(oldest) < 0) {
                    detach(connection, table, child, "CONCURRENTLY");
                }
            }
            for (String child : names(connection, DETACHED, table)) {
                if (child.compareTo(oldest) < 0) {
                    withLockTimeout(connection, "DROP TABLE leasehold." + child);
                    dropped.add(child);
                }
            }
        }
        return dropped;
    }

    private static List<String> children(Connection connection, Table table) throws SQLException {
        return names(connection, CHILDREN, table);
    }

    private static List<String> names(Connection connection, String sql, Table table) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, table.table);
            try (ResultSet row = statement.executeQuery()) {
                List<String> names = new ArrayList<>();
                while (row.next()) {
                    names.add(row.getString(1));
                }
                return names;
            }
        }
    }

    // Made on its own and attached then: ATTACH takes a lock that lets readers and writers of the parent go on.
    private static void make(Connection connection, Table table, LocalDate day) throws SQLException {
        String name = "leasehold." + name(table, day);
        String parent = "leasehold." + table.table;
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET lock_timeout = '200ms'");
            try {
                statement.execute("CREATE TABLE IF NOT EXISTS " + name + " (LIKE " + parent
                        + " INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)");
                statement.execute("ALTER TABLE " + parent + " ATTACH PARTITION " + name + " FOR VALUES FROM ('" + day
                        + " 00:00:00+00') TO ('" + day.plusDays(1) + " 00:00:00+00')");
            } catch (SQLException e) {
                // Another node was quicker: what matters is that the partition is there.
                if (!children(connection, table).contains(name(table, day))) {
                    throw e;
                }
            } finally {
                statement.execute("RESET lock_timeout");
            }
        }
    }

    private static void detach(Connection connection, Table table, String child, String how) throws SQLException {
        withLockTimeout(
                connection,
                "ALTER TABLE leasehold." + table.table + " DETACH PARTITION leasehold." + child + " " + how);
    }

    private static void withLockTimeout(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET lock_timeout = '200ms'");
            try {
                statement.execute(sql);
            } finally {
                statement.execute("RESET lock_timeout");
            }
        }
    }

    private static String name(Table table, LocalDate day) {
        return table.table + "_" + SUFFIX.format(day);
    }
}
