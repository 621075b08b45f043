package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.TestProbe;
import dev.leasehold.lease.LeaseEvent.LeaseEnded;
import dev.leasehold.lease.LeaseEvent.LeaseRevoked;
import dev.leasehold.lease.ledger.Ending;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** From grant to ending, on a real PostgreSQL. */
class LeaseLifeTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    private static TestPools pools;

    @BeforeAll
    static void start() throws Exception {
        pools = new TestPools("leasehold.pool { leak-in-transaction = 1s, leak-outside = 2s }");
        pools.database.execute("CREATE TABLE note (text text)");
    }

    @AfterAll
    static void stop() throws Exception {
        pools.close();
    }

    @BeforeEach
    void everythingIsBack() {
        await().until(() -> pools.status().checkedOut() == 0 && pools.status().retiring() == 0);
        pools.revoked.clear();
    }

    private static int number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getInt(1);
        }
    }

    private static Object execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.execute(sql);
        }
    }

    private static int notes(String text) throws SQLException {
        try (Connection connection = pools.database.connect()) {
            return number(connection, "SELECT count(*) FROM note WHERE text = '" + text + "'");
        }
    }

    @Test
    @Tag("row5")
    void runsWorkAndTakesTheConnectionBack() throws Exception {
        int answer = pools.run(connection -> number(connection, "SELECT 41 + 1"));

        assertThat(answer).isEqualTo(42);
        await().until(() -> pools.status().checkedOut() == 0 && pools.status().checkedIn() > 0);
    }

    @Test
    @Tag("row36")
    void commitsATransactionThatReturnsAndRollsBackOneThatThrows() throws Exception {
        Leases leases = pools.pools.leases();
        Hold hold = Hold.atMost(LONG);

        TestPools.get(leases.inTransaction(
                PoolName.USERDATA,
                LeaseClass.TASK,
                TestPools.HOLDER,
                hold,
                connection -> execute(connection, "INSERT INTO note VALUES ('kept')")));
        assertThatThrownBy(() -> TestPools.get(
                        leases.inTransaction(PoolName.USERDATA, LeaseClass.TASK, TestPools.HOLDER, hold, connection -> {
                            execute(connection, "INSERT INTO note VALUES ('dropped')");
                            throw new IllegalArgumentException("no");
                        })))
                .isInstanceOf(IllegalArgumentException.class);

        assertThat(notes("kept")).isEqualTo(1);
        assertThat(notes("dropped")).isZero();
    }

    @Test
    @Tag("H9")
    @Tag("H10")
    @Tag("H16")
    void takesBackALeaseThatOverrunsInsideAStatement() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease lease = pools.lease(owner, Duration.ofMillis(300));
        int pid = lease.server().pid();

        // The server's own limit would come first: it is lifted, so that the guardian has to act.
        CompletableFuture<Object> work = TestPools.onOwnThread(() -> lease.run(
                connection -> execute(connection, "SET statement_timeout = 0; SELECT pg_sleep(30), 'secret'")));

        LeaseRevoked revoked = TestPools.expectRevoked(owner);
        assertThat(revoked.cause()).isEqualTo(Ending.EXPIRED);
        assertThat(owner.expectMessageClass(LeaseEnded.class).leaseId()).isEqualTo(lease.id());
        assertThat(pools.isStanding(pid)).isFalse();
        assertThatThrownBy(() -> TestPools.get(work))
                .isInstanceOf(LeaseException.class)
                .extracting(failure -> ((LeaseException) failure).kind())
                .isEqualTo(LeaseException.Kind.REVOKED);
        await().until(() -> !pools.revoked.isEmpty());
        RevokedLease record = pools.revoked.get(0);
        assertThat(record.cause()).isEqualTo("expired");
        assertThat(record.leaseId()).isEqualTo(lease.label());
        assertThat(record.sql()).contains("pg_sleep").doesNotContain("secret");
        assertThat(record.holderStack()).contains("LeaseLifeTest");
        assertThat(record.heldMillis()).isBetween(290L, 2_000L);
        // Asked first: the backend itself would find out only within a second.
        assertThat(pools.registry
                        .get("leasehold_lease_cancels")
                        .tag("pool", "userdata")
                        .tag("sent", "yes")
                        .counter()
                        .count())
                .isPositive();
    }

    @Test
    @Tag("H11")
    @Tag("P6")
    void writesNoRowOfAnInsertThatOverran() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease lease = pools.lease(owner, Duration.ofMillis(300));

        CompletableFuture<Object> work = TestPools.onOwnThread(() -> lease.run(connection -> execute(
                connection,
                "SET statement_timeout = 0; INSERT INTO note SELECT 'overrun' FROM (SELECT pg_sleep(2)) AS s")));

        TestPools.expectRevoked(owner);
        owner.expectMessageClass(LeaseEnded.class);
        assertThatThrownBy(() -> TestPools.get(work)).isInstanceOf(LeaseException.class);
        assertThat(notes("overrun")).isZero();
    }

    @Test
    @Tag("H39")
    @Tag("P17")
    void theServerCancelsAStatementBeforeTheLeaseEnds() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease lease = pools.lease(owner, Duration.ofSeconds(3));

        assertThatThrownBy(() -> lease.run(connection -> execute(connection, "SELECT pg_sleep(30)")))
                .isInstanceOf(SQLException.class)
                .extracting(failure -> ((SQLException) failure).getSQLState())
                .isEqualTo("57014");

        await().until(() -> pools.status().checkedOut() == 0);
        assertThat(pools.revoked).isEmpty();
    }

    @Test
    @Tag("H45")
    @Tag("row18")
    void findsALeakInsideATransactionSoonerThanOutside() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease lease = pools.lease(owner, LONG);
        CountDownLatch over = new CountDownLatch(1);

        CompletableFuture<Object> work = TestPools.onOwnThread(() -> lease.inTransaction(connection -> {
            execute(connection, "INSERT INTO note VALUES ('leak')");
            over.await();
            return "never";
        }));

        LeaseRevoked revoked = TestPools.expectRevoked(owner);
        assertThat(revoked.cause()).isEqualTo(Ending.LEAKED);
        owner.expectMessageClass(LeaseEnded.class);
        // The interrupt ends the wait; the thread meets the fence at its rollback.
        assertThatThrownBy(() -> TestPools.get(work))
                .isInstanceOf(LeaseException.class)
                .hasCauseInstanceOf(InterruptedException.class);
        await().until(() -> !pools.revoked.isEmpty());
        RevokedLease record = pools.revoked.get(0);
        assertThat(record.cause()).isEqualTo("leaked");
        assertThat(record.inTransaction()).isTrue();
        assertThat(record.idleMillis()).isGreaterThanOrEqualTo(990L);
        assertThat(notes("leak")).isZero();
    }

    @Test
    @Tag("H1")
    @Tag("H4")
    void takesBackTheLeaseOfAnOwnerThatStopped() {
        TestProbe<LeaseEvent> owner = pools.owner();
        TestProbe<LeaseEvent> listener = pools.owner();
        pools.acquire(PoolName.USERDATA, owner.getRef(), listener.getRef(), 0, LONG, "", Duration.ofSeconds(10));
        Lease lease = listener.expectMessageClass(LeaseEvent.Granted.class).lease();
        lease.claim();

        owner.stop();

        assertThat(listener.expectMessageClass(LeaseRevoked.class).cause()).isEqualTo(Ending.OWNER_DIED);
        listener.expectMessageClass(LeaseEnded.class);
        lease.release();
        await().until(() -> pools.status().checkedOut() == 0);
    }

    @Test
    @Tag("H15")
    void aNewLifeOfTheOwnerEndsWhatItsOldOneHeld() {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease old = pools.lease(owner, LONG);

        pools.acquire(PoolName.USERDATA, owner.getRef(), owner.getRef(), 1, LONG, "", Duration.ofSeconds(10));

        LeaseRevoked revoked = TestPools.expectRevoked(owner);
        assertThat(revoked.leaseId()).isEqualTo(old.id());
        Lease fresh = TestPools.expect(owner, LeaseEvent.Granted.class).lease();
        assertThat(fresh.server().pid()).isNotEqualTo(old.server().pid());
        fresh.release();
    }

    @Test
    @Tag("H2")
    void withdrawsAnOfferThatNobodyTakesUp() {
        TestProbe<LeaseEvent> owner = pools.owner();
        pools.acquire(owner, LONG);
        Lease lease = owner.expectMessageClass(LeaseEvent.Granted.class).lease();

        LeaseRevoked revoked = TestPools.expectRevoked(owner);

        assertThat(revoked.cause()).isEqualTo(Ending.EXPIRED);
        assertThat(lease.claim()).isFalse();
    }

    @Test
    @Tag("H5")
    void aSecondReleaseIsNothing() {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease first = pools.lease(owner, LONG);
        first.release();
        await().until(() -> pools.status().checkedOut() == 0);
        Lease second = pools.lease(owner, LONG);

        first.release();
        pools.pools.guardian(PoolName.USERDATA).tell(new PoolGuardian.Release(first.id()));

        assertThat(pools.status().checkedOut()).isEqualTo(1);
        assertThat(second.isOpen()).isTrue();
        second.release();
    }

    @Test
    @Tag("H24")
    @Tag("row5")
    void refusesASecondLeaseUnderOneScope() throws Exception {
        Leases leases = pools.pools.leases();
        CompletableFuture<CompletableFuture<Integer>> inner = new CompletableFuture<>();

        pools.run(connection -> inner.complete(leases.run(
                        PoolName.USERDATA,
                        LeaseClass.TASK,
                        TestPools.HOLDER,
                        Hold.atMost(LONG),
                        second -> number(second, "SELECT 1"))
                .toCompletableFuture()));

        assertThatThrownBy(() -> TestPools.get(inner.join()))
                .isInstanceOf(LeaseException.class)
                .extracting(failure -> ((LeaseException) failure).kind())
                .isEqualTo(LeaseException.Kind.NESTED);
    }

    @Test
    @Tag("row28")
    @Tag("row6")
    void grantsFifteenAtOnceAndLetsTheSixteenthWait() {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease[] leases = new Lease[15];
        for (int no = 0; no < 15; no++) {
            leases[no] = pools.lease(owner, LONG);
        }
        assertThat(pools.status().checkedOut()).isEqualTo(15);
        assertThat(pools.pooledBackends()).isEqualTo(15);

        TestProbe<LeaseEvent> late = pools.owner();
        pools.acquire(PoolName.USERDATA, late.getRef(), late.getRef(), 0, LONG, "", Duration.ofMillis(300));
        LeaseEvent.Denied denied = late.expectMessageClass(LeaseEvent.Denied.class);
        assertThat(denied.toException().kind()).isEqualTo(LeaseException.Kind.TIMEOUT);
        assertThat(denied.message()).contains("userdata").contains("5+10").contains("15 leased");
        assertThat(pools.status().checkedOut()).isEqualTo(15);

        pools.acquire(late, LONG);
        leases[3].release();
        late.expectMessageClass(LeaseEvent.Granted.class).lease().release();
        for (Lease lease : leases) {
            lease.release();
        }
    }

    @Test
    @Tag("H37")
    @Tag("H38")
    @Tag("P11")
    void theNextLeaseSeesNothingOfTheOneBefore() throws Exception {
        String state = """
                SELECT current_setting('search_path') || current_setting('statement_timeout')
                    || current_setting('application_name') || current_user
                    || current_setting('default_transaction_isolation')
                    || (SELECT count(*) FROM pg_class WHERE relname = 'leftover')
                    || (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())
                    || (SELECT count(*) FROM pg_listening_channels())
                    || (SELECT count(*) FROM pg_cursors WHERE is_holdable)
                """;
        SqlWork<String> read = connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(state)) {
                row.next();
                return connection.getAutoCommit() + " " + row.getString(1);
            }
        };
        String before = pools.run(read);
        // The connection that comes back last is the next one granted: nothing else may be on its way back.
        await().until(() -> pools.status().checkedOut() == 0 && pools.status().cleaning() == 0);

        int pid = pools.run(connection -> {
            execute(connection, """
                    SET search_path = pg_catalog; SET statement_timeout = 12345; SET application_name = 'mine';
                    SET default_transaction_isolation = 'serializable';
                    CREATE TEMP TABLE leftover (a int); SELECT pg_advisory_lock(7); LISTEN somewhere;
                    """);
            execute(connection, "BEGIN");
            execute(connection, "DECLARE c CURSOR WITH HOLD FOR SELECT 1");
            execute(connection, "COMMIT");
            connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            execute(connection, "BEGIN");
            return number(connection, "SELECT pg_backend_pid()");
        });

        await().until(() -> pools.status().checkedOut() == 0 && pools.status().cleaning() == 0);
        int again = pools.run(connection -> number(connection, "SELECT pg_backend_pid()"));
        assertThat(again).isEqualTo(pid);
        assertThat(pools.run(read)).isEqualTo(before);
    }
}
