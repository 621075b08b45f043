package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.TestProbe;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Hard cases of opening, arming and taking back, one connection at a time. */
class HardCasesTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    private final TestPools pools = new TestPools("leasehold.userdata-pool { size = 1, max-overflow = 0 }");

    @AfterEach
    void stop() throws Exception {
        pools.close();
    }

    private static int number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getInt(1);
        }
    }

    /** While the control connection is busy nobody can see that the backend is gone. */
    @Test
    @Tag("H13")
    void aPermitComesBackOnlyWhenTheBackendWasSeenGone() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease lease = pools.lease(owner, Duration.ofMillis(300));
        int pid = lease.server().pid();
        CountDownLatch enough = new CountDownLatch(1);
        CompletableFuture<Boolean> busy = pools.pools
                .control(PoolName.USERDATA)
                .execute(LONG, connection -> enough.await(LONG.toSeconds(), TimeUnit.SECONDS))
                .toCompletableFuture();
        TestProbe<LeaseEvent> next = pools.owner();
        pools.acquire(next, LONG);

        TestPools.expectRevoked(owner);
        await().until(() -> !pools.isStanding(pid));

        assertThat(pools.status().retiring()).isEqualTo(1);
        next.expectNoMessage(Duration.ofMillis(100));
        enough.countDown();
        assertThat(TestPools.get(busy)).isTrue();
        next.expectMessageClass(LeaseEvent.Granted.class, LONG).lease().release();
    }

    /** The same for a guardian that starts anew: what its predecessor left holds its permits still. */
    @Test
    @Tag("H19")
    @Tag("P12")
    @SuppressWarnings("NullAway") // on purpose: a message that no guardian can work with
    void aGuardianThatStartsAnewCountsWhatStillStands() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        pools.lease(owner, LONG);
        CountDownLatch enough = new CountDownLatch(1);
        CompletableFuture<Boolean> busy = pools.pools
                .control(PoolName.USERDATA)
                .execute(LONG, connection -> enough.await(LONG.toSeconds(), TimeUnit.SECONDS))
                .toCompletableFuture();

        pools.pools.guardian(PoolName.USERDATA).tell(new PoolGuardian.GetStatus(null));
        TestPools.expectRevoked(owner);
        TestProbe<LeaseEvent> next = pools.owner();
        pools.acquire(next, LONG);

        assertThat(pools.status().retiring()).isEqualTo(1);
        next.expectNoMessage(Duration.ofMillis(100));
        assertThat(pools.status().waiting()).isEqualTo(1);
        enough.countDown();
        assertThat(TestPools.get(busy)).isTrue();
        next.expectMessageClass(LeaseEvent.Granted.class, LONG).lease().release();
    }

    @Test
    @Tag("H43")
    void aConnectionThatOutlivesItsRequestIsKept() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        long request = pools.acquire(owner, LONG);
        pools.pools.guardian(PoolName.USERDATA).tell(new PoolGuardian.CancelAcquire(request));

        await().until(() -> pools.status().checkedIn() == 1);
        int answer = pools.run(connection -> number(connection, "SELECT 1"));

        assertThat(answer).isEqualTo(1);
        assertThat(pools.status().created()).isEqualTo(1);
    }

    /** What every session is made with costs no trip; only another length is armed anew. */
    @Test
    @Tag("H41")
    void anOrdinaryLeaseFindsItsServersLimitsArmed() throws Exception {
        String limit = "SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'";
        int ordinary = TestPools.get(pools.pools
                .leases()
                .run(
                        PoolName.USERDATA,
                        LeaseClass.TASK,
                        TestPools.HOLDER,
                        Hold.atMost(Duration.ofSeconds(30)),
                        connection -> number(connection, limit)));
        int shorter = TestPools.get(pools.pools
                .leases()
                .run(
                        PoolName.USERDATA,
                        LeaseClass.TASK,
                        TestPools.HOLDER,
                        Hold.atMost(Duration.ofSeconds(5)),
                        connection -> number(connection, limit)));
        String source = TestPools.get(pools.pools
                .leases()
                .run(
                        PoolName.USERDATA,
                        LeaseClass.TASK,
                        TestPools.HOLDER,
                        Hold.atMost(Duration.ofSeconds(30)),
                        connection -> {
                            try (Statement statement = connection.createStatement();
                                    ResultSet row = statement.executeQuery(
                                            "SELECT source FROM pg_settings WHERE name = 'statement_timeout'")) {
                                row.next();
                                return row.getString(1);
                            }
                        }));

        assertThat(ordinary).isEqualTo(29_000);
        assertThat(shorter).isBetween(1, 5_000);
        assertThat(source).isEqualTo("client"); // from the start of the session: nothing was sent for it
    }
}
