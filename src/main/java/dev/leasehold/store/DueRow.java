package dev.leasehold.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The columns that a due task is read by, and the task made of them. Tens of thousands a second are read, so what costs something
 * for each value is left out: columns go by their numbers, since a name is looked up for each row, and what most tasks leave at
 * its default is NULL where it is that, and is not even asked for in a row that says that it is all so.
 */
final class DueRow {

    /** Of a row {@code d} of the table of tasks. */
    static final String COLUMNS = """
            d.id, d.lane, d.priority, d.due_at, d.version, d.run_no, d.attempt, d.tenant, d.type, d.payload,
                       d.run_due_at IS NULL AND d.lease_attempts = 0 AND d.limit_attempts = 0 AND d.crashes = 0
                           AND d.consecutive_failures = 0 AND d.queue = 'default' AND d.key IS NULL AND d.concurrency_key IS NULL
                           AND d.schedule IS NULL AND d.retry IS NULL AND d.timeout_ms IS NULL AS simple,
                       d.run_due_at, nullif(d.lease_attempts, 0) AS lease_attempts, nullif(d.limit_attempts, 0) AS limit_attempts,
                       nullif(d.crashes, 0) AS crashes, nullif(d.consecutive_failures, 0) AS consecutive_failures,
                       nullif(d.queue, 'default') AS queue, d.key, d.concurrency_key, d.schedule, d.retry, d.timeout_ms
            """;

    static final int COLUMNS_COUNT = 22;

    static final int ID = 1;
    private static final int LANE = 2;
    private static final int PRIORITY = 3;
    static final int DUE_AT = 4;
    private static final int VERSION = 5;
    private static final int RUN_NO = 6;
    private static final int ATTEMPT = 7;
    private static final int TENANT = 8;
    private static final int TYPE = 9;
    private static final int PAYLOAD = 10;
    private static final int SIMPLE = 11;
    private static final int RUN_DUE_AT = 12;
    private static final int LEASE_ATTEMPTS = 13;
    private static final int LIMIT_ATTEMPTS = 14;
    private static final int CRASHES = 15;
    private static final int CONSECUTIVE_FAILURES = 16;
    private static final int QUEUE = 17;
    private static final int KEY = 18;
    private static final int CONCURRENCY_KEY = 19;
    private static final int SCHEDULE = 20;
    private static final int RETRY = 21;
    private static final int TIMEOUT_MS = 22;

    private DueRow() {}

    /** The task of a row that begins with these columns. */
    static DueTask read(ResultSet row) throws SQLException {
        boolean simple = row.getBoolean(SIMPLE);
        String queue = simple ? null : row.getString(QUEUE);
        return new DueTask(
                row.getLong(ID),
                row.getInt(LANE),
                row.getInt(PRIORITY),
                Times.read(row, DUE_AT),
                simple ? null : Times.readNullable(row, RUN_DUE_AT),
                row.getLong(VERSION),
                row.getInt(RUN_NO),
                row.getInt(ATTEMPT),
                simple ? 0 : row.getInt(LEASE_ATTEMPTS),
                simple ? 0 : row.getInt(LIMIT_ATTEMPTS),
                simple ? 0 : row.getInt(CRASHES),
                simple ? 0 : row.getInt(CONSECUTIVE_FAILURES),
                row.getString(TENANT),
                row.getString(TYPE),
                queue == null ? "default" : queue,
                simple ? null : row.getString(KEY),
                simple ? null : row.getString(CONCURRENCY_KEY),
                row.getString(PAYLOAD),
                simple ? null : row.getString(SCHEDULE),
                simple ? null : row.getString(RETRY),
                simple ? null : longNullable(row, TIMEOUT_MS));
    }

    private static @Nullable Long longNullable(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }
}
