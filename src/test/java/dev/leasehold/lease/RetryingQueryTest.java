package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which failures are repeated, on which connections, and what comes back. */
class RetryingQueryTest {

    private static TestPools pools;
    private final List<Integer> leasedWhilePausing = new ArrayList<>();
    private final AtomicInteger attempts = new AtomicInteger();

    @BeforeAll
    static void start() throws Exception {
        pools = new TestPools();
        pools.database.execute("CREATE TABLE account (id int PRIMARY KEY, name text, amount numeric)");
        pools.database.execute("INSERT INTO account VALUES (1, 'one', 10.5), (2, 'two', NULL)");
    }

    @AfterAll
    static void stop() throws Exception {
        pools.close();
    }

    private final RetryingQuery.Transactions leased = new RetryingQuery.Transactions() {
        @Override
        public <T> T run(SqlWork<T> work) throws Exception {
            return TestPools.get(pools.pools
                    .leases()
                    .inTransaction(
                            PoolName.USERDATA,
                            LeaseClass.TASK,
                            TestPools.HOLDER,
                            Hold.atMost(Duration.ofSeconds(30)),
                            connection -> {
                                attempts.incrementAndGet();
                                return work.apply(connection);
                            }));
        }
    };

    private RetryingQuery query() {
        return new RetryingQuery(leased, wait -> {
            await().until(() -> pools.status().checkedOut() == 0);
            leasedWhilePausing.add(pools.status().checkedOut());
        });
    }

    /** Raises the state until it was raised so often. */
    private static String failing(String state, int times) throws SQLException {
        pools.database.execute("DROP SEQUENCE IF EXISTS tries");
        pools.database.execute("CREATE SEQUENCE tries");
        pools.database.execute("""
                CREATE OR REPLACE FUNCTION failing() RETURNS int LANGUAGE plpgsql AS $$
                DECLARE tried int := nextval('tries');
                BEGIN
                    IF tried <= %d THEN RAISE EXCEPTION 'no' USING ERRCODE = '%s'; END IF;
                    RETURN tried;
                END $$""".formatted(times, state));
        return "SELECT failing() AS tried";
    }

    @Test
    @Tag("row9")
    void answersLabelsAndRowsInOrder() throws Exception {
        QueryResult result =
                query().run("SELECT name AS \"who\", amount, id FROM account WHERE id >= ? ORDER BY id", 1);

        assertThat(result.columns()).containsExactly("who", "amount", "id");
        assertThat(result.rows()).hasSize(2);
        assertThat(result.rows().get(0)).containsExactly("one", new java.math.BigDecimal("10.5"), 1);
        assertThat(result.rows().get(1)).containsExactly("two", null, 2);
        assertThat(result.updateCount()).isEqualTo(-1);
    }

    @Test
    @Tag("row9")
    void answersAnUpdateCountWhereThereAreNoRows() throws Exception {
        QueryResult result = query().run("UPDATE account SET amount = ? WHERE id = ?", "7", 2);

        assertThat(result.columns()).isEmpty();
        assertThat(result.updateCount()).isEqualTo(1);
    }

    @Test
    @Tag("row7")
    @Tag("row8")
    void triesFourTimesAndHoldsNothingInBetween() throws Exception {
        String sql = failing("40001", 100);

        assertThatThrownBy(() -> query().run(sql))
                .isInstanceOf(SQLException.class)
                .extracting(failure -> ((SQLException) failure).getSQLState())
                .isEqualTo("40001");

        assertThat(attempts).hasValue(4);
        assertThat(leasedWhilePausing).containsExactly(0, 0, 0);
    }

    @Test
    @Tag("row7")
    void answersOnTheThirdAttemptAndSaysSo() throws Exception {
        QueryResult result = query().run(failing("40P01", 2));

        assertThat(result.rows()).containsExactly(List.of(3));
        assertThat(result.retries()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"SELEC 1, 42601", "SELECT * FROM nowhere, 42P01", "SELECT * FROM pg_authid, 42501", "SELECT 1/0, 22012"
    })
    @Tag("row10")
    void throwsAtOnceWhatTheStatementIsToBlameFor(String sql, String state) {
        assertThatThrownBy(() -> query().run(sql))
                .isInstanceOf(SQLException.class)
                .extracting(failure -> ((SQLException) failure).getSQLState())
                .isEqualTo(state);

        assertThat(attempts).hasValue(1);
    }

    @Test
    @Tag("row10")
    void doesNotTakeAFullPoolForADeadServer() {
        RetryingQuery.Transactions full = new RetryingQuery.Transactions() {
            @Override
            public <T> T run(SqlWork<T> work) {
                attempts.incrementAndGet();
                throw new LeaseException(LeaseException.Kind.TIMEOUT, "all in use", null);
            }
        };

        assertThatThrownBy(() -> new RetryingQuery(full, wait -> {}).run("SELECT 1"))
                .isInstanceOf(LeaseException.class)
                .extracting(failure -> ((LeaseException) failure).kind())
                .isEqualTo(LeaseException.Kind.TIMEOUT);
        assertThat(attempts).hasValue(1);
    }

    @Test
    @Tag("row8")
    @Tag("row31")
    void goesOnWithAnotherConnectionWhenItsOwnIsKilled() throws Exception {
        RetryingQuery.Transactions killedOnce = new RetryingQuery.Transactions() {
            @Override
            public <T> T run(SqlWork<T> work) throws Exception {
                return leased.run(connection -> {
                    if (attempts.get() == 1) {
                        kill(connection);
                    }
                    return work.apply(connection);
                });
            }
        };

        QueryResult result = new RetryingQuery(killedOnce, wait -> {}).run("SELECT 1");

        assertThat(result.retries()).isEqualTo(1);
    }

    private static void kill(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                java.sql.ResultSet pid = statement.executeQuery("SELECT pg_backend_pid()")) {
            pid.next();
            pools.database.execute("SELECT pg_terminate_backend(" + pid.getInt(1) + ", 5000)");
        }
    }

    @Test
    @Tag("row11")
    @Tag("H14")
    void doesNotRepeatACommitWhoseAnswerWasLost() throws Exception {
        // A deferred trigger runs inside COMMIT: the backend ends itself there.
        pools.database.execute("CREATE TABLE trap (id int)");
        pools.database.execute("""
                CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN PERFORM pg_terminate_backend(pg_backend_pid()), pg_sleep(5); RETURN NULL; END $$""");
        pools.database.execute("""
                CREATE CONSTRAINT TRIGGER trap AFTER INSERT ON trap DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION die()""");

        assertThatThrownBy(() -> query().run("INSERT INTO trap VALUES (1)"))
                .isInstanceOf(AmbiguousCommitException.class);

        assertThat(attempts).hasValue(1);
    }
}
