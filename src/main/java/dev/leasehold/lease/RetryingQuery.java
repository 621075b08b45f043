package dev.leasehold.lease;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * One statement in a transaction of its own, repeated where that is safe: each attempt on its own connection, none held
 * while it waits for the next. Blocks its caller, who must be on a thread that may.
 *
 * <p>Repeated are failures after which the transaction is known not to have committed: serialization failures, deadlocks,
 * lock time-outs, a full or stopping server, a connection lost before the commit. What the statement itself is to blame for
 * is thrown at once; a commit whose answer was lost is an {@link AmbiguousCommitException} and never repeated.
 */
public final class RetryingQuery {

    /** The first attempt and three more. */
    public static final int ATTEMPTS_MAX = 4;

    /** Runs work in one transaction on a connection of its own, and commits: a lease, or a task's context. */
    @FunctionalInterface
    public interface Transactions {
        <T> T run(SqlWork<T> work) throws Exception;
    }

    /** Waits between attempts; replaced in tests. */
    @FunctionalInterface
    public interface Pause {
        void of(Duration wait) throws InterruptedException;
    }

    private static final Duration WAIT_MIN = Duration.ofMillis(50);
    private static final Duration WAIT_MAX = Duration.ofSeconds(2);

    private final Transactions transactions;
    private final Pause pause;

    public RetryingQuery(Transactions transactions) {
        this(transactions, wait -> Thread.sleep(wait.toMillis()));
    }

    public RetryingQuery(Transactions transactions, Pause pause) {
        this.transactions = transactions;
        this.pause = pause;
    }

    /**
     * Runs the statement.
     *
     * @param parameters bound in order; strings untyped, so that the server infers what they are
     * @throws SQLException of the last attempt
     * @throws LeaseException when no lease was granted, or it was taken back before the commit was sent
     */
    public QueryResult run(String sql, @Nullable Object... parameters) throws Exception {
        for (int attempt = 1; ; attempt++) {
            int retries = attempt - 1;
            try {
                return transactions.run(connection -> once(connection, sql, parameters, retries));
            } catch (SQLException | LeaseException e) {
                if (attempt == ATTEMPTS_MAX || !isWorthRetrying(e)) {
                    throw e;
                }
            }
            pause.of(waitAfter(attempt));
        }
    }

    /** True when the transaction is known not to have committed and another attempt may fare better. */
    static boolean isWorthRetrying(Exception failure) {
        if (failure instanceof AmbiguousCommitException) {
            return false;
        }
        if (failure instanceof LeaseException lease) {
            return lease.kind() == LeaseException.Kind.DOWN;
        }
        return SqlStates.worthRetrying(SqlStates.of(failure));
    }

    /** Doubles each time; half of it is chance, so that competitors do not meet again. */
    private static Duration waitAfter(int attempt) {
        long most = Math.min(WAIT_MAX.toMillis(), WAIT_MIN.toMillis() << attempt);
        return Duration.ofMillis(most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1));
    }

    private static QueryResult once(Connection connection, String sql, @Nullable Object[] parameters, int retries)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int no = 0; no < parameters.length; no++) {
                bind(statement, no + 1, parameters[no]);
            }
            if (!statement.execute()) {
                return new QueryResult(List.of(), List.of(), Math.max(0, statement.getUpdateCount()), retries);
            }
            try (ResultSet rows = statement.getResultSet()) {
                return read(rows, retries);
            }
        }
    }

    private static void bind(PreparedStatement statement, int no, @Nullable Object value) throws SQLException {
        if (value == null || value instanceof String) {
            statement.setObject(no, value, java.sql.Types.OTHER);
        } else {
            statement.setObject(no, value);
        }
    }

    private static QueryResult read(ResultSet rows, int retries) throws SQLException {
        ResultSetMetaData about = rows.getMetaData();
        List<String> columns = new ArrayList<>();
        for (int no = 1; no <= about.getColumnCount(); no++) {
            columns.add(about.getColumnLabel(no));
        }
        List<List<@Nullable Object>> found = new ArrayList<>();
        while (rows.next()) {
            List<@Nullable Object> row = new ArrayList<>();
            for (int no = 1; no <= columns.size(); no++) {
                row.add(rows.getObject(no));
            }
            found.add(row);
        }
        return new QueryResult(columns, found, -1, retries);
    }
}
