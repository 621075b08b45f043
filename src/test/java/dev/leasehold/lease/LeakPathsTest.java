package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The three paths on which the system before us lost its connections, each left in every way in which work can end. */
class LeakPathsTest {

    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(20));

    private static TestPools pools;

    /** What happens after the path has done its work on the connection. */
    private static final List<SqlWork<Object>> WAYS_OUT = List.of(
            connection -> "done",
            connection -> connection.createStatement().execute("SELEC"),
            connection -> {
                throw new IllegalStateException("runtime");
            },
            connection -> {
                throw new AssertionError("error");
            },
            connection -> {
                Thread.currentThread().interrupt();
                return connection.createStatement().execute("SELECT 1");
            },
            connection -> {
                Statement statement = connection.createStatement();
                statement.setQueryTimeout(1);
                return statement.execute("SELECT pg_sleep(10)");
            },
            connection -> connection.createStatement().execute("SELECT pg_terminate_backend(pg_backend_pid())"));

    @BeforeAll
    static void start() throws Exception {
        pools = new TestPools("leasehold.userdata-pool { size = 2, max-overflow = 3 }");
        pools.database.execute(
                "CREATE TABLE account (name text PRIMARY KEY, password text NOT NULL, logins int NOT NULL DEFAULT 0)");
        pools.database.execute("INSERT INTO account SELECT 'user' || n, 'secret' FROM generate_series(0, 7) AS n");
    }

    @AfterAll
    static void stop() throws Exception {
        pools.close();
    }

    private interface Path {
        CompletableFuture<Object> take(int no, SqlWork<Object> wayOut);
    }

    /** Each way out at once, and one caller more, who cancels while his work is inside. */
    private static void leaveInEveryWay(Path path) throws Exception {
        long before = pools.status().granted();
        List<CompletableFuture<Object>> all = new ArrayList<>();
        for (int no = 0; no < WAYS_OUT.size(); no++) {
            all.add(path.take(no, WAYS_OUT.get(no)));
        }
        CompletableFuture<Boolean> inside = new CompletableFuture<>();
        CompletableFuture<Object> cancelled = path.take(WAYS_OUT.size(), connection -> {
            inside.complete(true);
            return connection.createStatement().execute("SELECT pg_sleep(0.1)");
        });
        CompletableFuture.anyOf(inside, cancelled).get(); // it gets there, or has failed for want of a lease
        assertThat(cancelled.cancel(true)).isTrue();
        assertThat(TestPools.get(all.get(0))).isEqualTo("done");
        for (CompletableFuture<Object> each : all) {
            each.handle((answer, failure) -> "over").get();
        }

        await().until(() -> pools.status().checkedOut() == 0);
        PoolStatus status = pools.status();
        assertThat(status.granted() - before).isEqualTo(WAYS_OUT.size() + 1L);
        assertThat(status.ended()).isEqualTo(status.granted());
        assertThat(pools.revoked).isEmpty();
        await().until(() -> pools.pools.remembered(PoolName.USERDATA) == 0);
    }

    @Test
    @Tag("row17")
    void aReadQueryGivesItsConnectionBack() throws Exception {
        leaveInEveryWay((no, wayOut) -> pools.pools
                .leases()
                .run(PoolName.USERDATA, LeaseClass.INTERACTIVE, TestPools.HOLDER, HOLD, connection -> {
                    try (Statement statement = connection.createStatement();
                            ResultSet rows = statement.executeQuery("SELECT name FROM account ORDER BY name")) {
                        rows.next();
                        return wayOut.apply(connection); // the result set is open still
                    }
                })
                .toCompletableFuture());
    }

    @Test
    @Tag("row17")
    void aLoginGivesItsConnectionBackAndCountsOnlyWhenItEnds() throws Exception {
        leaveInEveryWay((no, wayOut) -> pools.pools
                .leases()
                .inTransaction(PoolName.USERDATA, LeaseClass.INTERACTIVE, TestPools.HOLDER, HOLD, connection -> {
                    logIn(connection, "user" + no);
                    return wayOut.apply(connection);
                })
                .toCompletableFuture());

        // The one that returned, the one that was interrupted (a statement is not), and the one nobody waited for.
        assertThat(logins()).containsExactly("user0", "user4", "user7");
    }

    private static void logIn(Connection connection, String name) throws SQLException {
        try (PreparedStatement check =
                        connection.prepareStatement("SELECT password FROM account WHERE name = ? FOR UPDATE");
                PreparedStatement update =
                        connection.prepareStatement("UPDATE account SET logins = logins + 1 WHERE name = ?")) {
            check.setString(1, name);
            try (ResultSet row = check.executeQuery()) {
                if (!row.next() || !row.getString(1).equals("secret")) {
                    throw new SQLException("no such account");
                }
            }
            update.setString(1, name);
            update.executeUpdate();
        }
    }

    private static List<String> logins() throws SQLException {
        List<String> names = new ArrayList<>();
        try (Connection connection = pools.database.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT name FROM account WHERE logins > 0 ORDER BY name")) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        }
        return names;
    }

    @Test
    @Tag("row17")
    void aChangeOfTheSchemaGivesItsConnectionBack() throws Exception {
        AtomicInteger number = new AtomicInteger();
        leaveInEveryWay((no, wayOut) -> pools.pools
                .leases()
                .run(PoolName.USERDATA, LeaseClass.TASK, TestPools.HOLDER, HOLD, connection -> {
                    try (Statement statement = connection.createStatement()) {
                        statement.execute("CREATE TABLE made_" + number.incrementAndGet() + " (id bigint)");
                    }
                    return wayOut.apply(connection);
                })
                .toCompletableFuture());

        try (Connection connection = pools.database.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM pg_class WHERE relname LIKE 'made_%'")) {
            row.next();
            assertThat(row.getInt(1)).isEqualTo(WAYS_OUT.size() + 1);
        }
    }
}
