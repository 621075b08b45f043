package dev.leasehold.bench;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/**
 * One system under test, on one database. An instance lives through one scenario: {@code install} and {@code fill} on a
 * first one that is closed then, {@code begin} and {@code enqueue} on a second. So the second starts with what is in the
 * tables, and what the first one did is in the server's statistics.
 */
interface Contender extends AutoCloseable {

    /** How it is set up, for the report. */
    Map<String, String> settings();

    /** Makes its tables. */
    void install() throws Exception;

    /** Gets what {@link #fill} needs, connections above all; is in no figure. */
    default void prepareFill() throws Exception {}

    /**
     * Puts tasks in by the fastest way the system offers, and returns after COMMIT. They are due once this instance is
     * closed, and none of them starts before.
     */
    void fill(int first, int count) throws Exception;

    /** Puts in tasks that are due in a year, with the help of SQL where the system itself would take hours. */
    void fillFuture(int count) throws Exception;

    /** Starts to work, and returns when a task put in now would be seen. */
    void begin() throws Exception;

    /** Puts in one task that is due now; returns after COMMIT. */
    void enqueue(int task) throws Exception;

    /**
     * True when every one of so many tasks is finished in the database. Asked once all handlers were called, again and
     * again, so it has to be cheap beside a million future tasks too.
     */
    boolean isDrained(Statement observer, int tasks) throws SQLException;

    /** For systems that can tell by one query whose first column is true then. */
    static boolean isTrue(Statement observer, String sql) throws SQLException {
        try (ResultSet row = observer.executeQuery(sql)) {
            return row.next() && row.getBoolean(1);
        }
    }

    /** Stops working and closes all its connections. */
    @Override
    void close();
}
