package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import dev.leasehold.lease.LeaseEvent.LeaseEnded;
import dev.leasehold.lease.LeaseEvent.LeaseRevoked;
import dev.leasehold.lease.ledger.Denial;
import dev.leasehold.lease.ledger.Ending;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a pool does when something breaks, and when it ends; each test has pools of its own. */
class PoolFaultsTest {

    private static final Duration LONG = Duration.ofSeconds(25);

    private final TestPools pools =
            new TestPools("leasehold { pool.linger = 1s, userdata-pool { size = 2, max-overflow = 3 } }");

    @AfterEach
    void stop() throws Exception {
        pools.close();
    }

    private static int one(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT 1")) {
            row.next();
            return row.getInt(1);
        }
    }

    /** A message that no guardian can work with. */
    @SuppressWarnings("NullAway") // on purpose
    private void crashGuardian() {
        pools.pools.guardian(PoolName.USERDATA).tell(new PoolGuardian.GetStatus(null));
    }

    @Test
    @Tag("H19")
    @Tag("P12")
    void aGuardianThatFailsTakesItsLeasesWithItAndLosesNoPermit() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        List<Lease> leases = new ArrayList<>();
        for (int no = 0; no < 5; no++) {
            leases.add(pools.lease(owner, LONG));
        }

        crashGuardian();

        for (int no = 0; no < 5; no++) {
            assertThat(owner.expectMessageClass(LeaseRevoked.class, LONG).cause())
                    .isEqualTo(Ending.GUARDIAN_RESTARTED);
        }
        assertThat(leases).noneMatch(Lease::isOpen);
        for (int no = 0; no < 5; no++) {
            owner.expectMessageClass(LeaseEnded.class);
        }
        List<Lease> fresh = new ArrayList<>();
        for (int no = 0; no < 5; no++) {
            fresh.add(pools.lease(owner, LONG));
            assertThat(pools.pooledBackends()).isLessThanOrEqualTo(5);
        }
        assertThat(pools.status().checkedOut()).isEqualTo(5);
        leases.forEach(Lease::release); // of the old epoch: nothing
        assertThat(pools.status().checkedOut()).isEqualTo(5);
        fresh.forEach(Lease::release);
        assertThat(pools.backends("1:userdata")).isZero();
        await().until(() -> pools.revoked.size() == 5);
    }

    @Test
    @Tag("H20")
    void aReleaseThatWasLostIsMadeUpForByTheDeadline() {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease lease = pools.lease(owner, Duration.ofMillis(500));

        lease.fence().release(); // without the message

        await().until(() -> pools.status().checkedOut() == 0);
        assertThat(pools.revoked).isEmpty();
    }

    @Test
    @Tag("row31")
    @Tag("H29")
    void handsOutNoDeadConnectionAfterAllBackendsWereTerminated() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease first = pools.lease(owner, LONG);
        Lease second = pools.lease(owner, LONG);
        first.release();
        second.release();
        await().until(() -> pools.status().checkedIn() == 2);

        AtomicInteger connects = new AtomicInteger();
        pools.pools.control(PoolName.USERDATA).onConnected(connection -> {
            return connects.incrementAndGet();
        });
        await().until(() -> connects.get() == 1);

        pools.terminate("%");
        await().until(() ->
                connects.get() == 2 && pools.pools.control(PoolName.USERDATA).isHealthy());

        await().until(() -> pools.status().cleaning() == 0);
        for (int no = 0; no < 6; no++) {
            int answer = pools.run(PoolFaultsTest::one);
            assertThat(answer).isEqualTo(1);
        }
    }

    @Test
    @Tag("H29")
    void oneDeadConnectionBringsTheOthersUnderSuspicion() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease first = pools.lease(owner, LONG);
        Lease second = pools.lease(owner, LONG);
        second.release();
        await().until(() -> pools.status().checkedIn() == 1);
        pools.terminate("%:userdata"); // not the control connection

        assertThatThrownBy(() -> first.run(PoolFaultsTest::one)).isInstanceOf(SQLException.class);

        await().until(() -> pools.status().cleaning() == 0 && pools.status().checkedIn() == 0);
        int answer = pools.run(PoolFaultsTest::one);
        assertThat(answer).isEqualTo(1);
    }

    @Test
    @Tag("H24")
    void theScopeOfAnActorHoldsOneLeaseAtATime() {
        TestProbe<LeaseEvent> owner = pools.owner();
        ActorRef<LeaseEvent> ref = owner.getRef();
        pools.acquire(PoolName.USERDATA, ref, ref, 0, LONG, "run-7", LONG);
        Lease lease = owner.expectMessageClass(LeaseEvent.Granted.class, LONG).lease();
        pools.acquire(PoolName.USERDATA, ref, ref, 0, LONG, "run-7", LONG);

        assertThat(owner.expectMessageClass(LeaseEvent.Denied.class).reason()).isEqualTo(Denial.NESTED);
        lease.release();
    }

    @Test
    @Tag("H3")
    void aCancelledRequestGetsNothing() {
        TestProbe<LeaseEvent> holder = pools.owner();
        List<Lease> all = new ArrayList<>();
        for (int no = 0; no < 5; no++) {
            all.add(pools.lease(holder, LONG));
        }
        TestProbe<LeaseEvent> owner = pools.owner();
        long id = pools.acquire(owner, LONG);
        await().until(() -> pools.status().waiting() == 1);

        pools.pools.guardian(PoolName.USERDATA).tell(new PoolGuardian.CancelAcquire(id));

        await().until(() -> pools.status().waiting() == 0);
        all.forEach(Lease::release);
        await().until(() -> pools.status().checkedOut() == 0);
        owner.expectNoMessage();
    }

    @Test
    @Tag("H3")
    @Tag("P8")
    void anOwnerThatStopsWhileItWaitsIsForgotten() {
        TestProbe<LeaseEvent> holder = pools.owner();
        List<Lease> all = new ArrayList<>();
        for (int no = 0; no < 5; no++) {
            all.add(pools.lease(holder, LONG));
        }
        TestProbe<LeaseEvent> owner = pools.owner();
        TestProbe<LeaseEvent> listener = pools.owner();
        pools.acquire(PoolName.USERDATA, owner.getRef(), listener.getRef(), 0, LONG, "", LONG);
        await().until(() -> pools.status().waiting() == 1);

        owner.stop();

        await().until(() -> pools.status().waiting() == 0);
        all.forEach(Lease::release);
        await().until(() -> pools.status().checkedOut() == 0);
        listener.expectNoMessage(Duration.ofMillis(50));
        assertThat(pools.status().granted()).isEqualTo(5);
    }

    /** Nobody tells of its stop any more: the watch itself must. */
    @Test
    @Tag("H1")
    @Tag("P8")
    void aLeaseForAnOwnerThatHasLongStoppedIsTakenBackForThat() {
        TestProbe<LeaseEvent> owner = pools.owner();
        TestProbe<LeaseEvent> listener = pools.owner();
        pools.lease(listener, LONG).release();
        owner.stop();

        pools.acquire(PoolName.USERDATA, owner.getRef(), listener.getRef(), 0, LONG, "", LONG);

        // Whether it was granted at all, or dropped before: it is nobody's, and not because its offer has ended.
        await().until(() -> pools.status().granted() == pools.status().ended()
                && pools.status().waiting() == 0);
        assertThat(pools.registry
                        .get("leasehold_leases_ended")
                        .tag("pool", "userdata")
                        .tag("how", "expired")
                        .counter()
                        .count())
                .isZero();
    }

    @Test
    @Tag("row27")
    @Tag("H33")
    void keepsItsSizeAfterABurstAndClosesTheRest() {
        TestProbe<LeaseEvent> owner = pools.owner();
        List<Lease> all = new ArrayList<>();
        for (int no = 0; no < 5; no++) {
            all.add(pools.lease(owner, LONG));
        }
        assertThat(pools.status().overflow()).isEqualTo(3);

        all.forEach(Lease::release);

        await().untilAsserted(() -> {
            assertThat(pools.status().checkedIn()).isEqualTo(2);
            assertThat(pools.status().cleaning()).isZero();
            assertThat(pools.pooledBackends()).isEqualTo(2);
        });
    }

    @Test
    @Tag("row3")
    @Tag("row14")
    void everyWayOutGivesTheConnectionBack() throws Exception {
        List<SqlWork<Object>> ways = List.of(
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
                connection -> connection.createStatement().execute("SELECT pg_terminate_backend(pg_backend_pid())"),
                connection -> connection.createStatement().execute("BEGIN; LOCK TABLE pg_class IN ACCESS SHARE MODE"));

        for (SqlWork<Object> way : ways) {
            pools.pools
                    .leases()
                    .run(PoolName.USERDATA, LeaseClass.TASK, TestPools.HOLDER, Hold.atMost(LONG), way)
                    .toCompletableFuture()
                    .handle((answer, failure) -> "over")
                    .get(20, TimeUnit.SECONDS);
        }

        await().until(() -> pools.status().checkedOut() == 0);
        PoolStatus status = pools.status();
        assertThat(status.granted()).isEqualTo(status.ended()).isEqualTo(7);
        assertThat(pools.revoked).isEmpty();
    }

    @Test
    @Tag("row12")
    void twentyFiveAtOnceAllFinishWithinTheBudget() {
        AtomicInteger most = new AtomicInteger();
        List<CompletableFuture<Integer>> all = new ArrayList<>();
        for (int no = 0; no < 25; no++) {
            all.add(pools.pools
                    .leases()
                    .run(PoolName.USERDATA, LeaseClass.TASK, TestPools.HOLDER, Hold.atMost(LONG), connection -> {
                        connection.createStatement().execute("SELECT pg_sleep(0.05)");
                        most.accumulateAndGet(pools.pooledBackends(), Math::max);
                        return 1;
                    })
                    .toCompletableFuture());
        }

        assertThat(all.stream().mapToInt(CompletableFuture::join).sum()).isEqualTo(25);
        assertThat(most.get()).isBetween(1, 5);
    }

    @Test
    @Tag("row33")
    void anExhaustedPoolLeavesTheOtherAlone() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        List<Lease> all = new ArrayList<>();
        for (int no = 0; no < 5; no++) {
            all.add(pools.lease(owner, LONG));
        }

        int answer = TestPools.get(pools.pools
                .leases()
                .run(PoolName.PLATFORM, LeaseClass.CONTROL, TestPools.HOLDER, Hold.atMost(LONG), PoolFaultsTest::one));

        assertThat(answer).isEqualTo(1);
        assertThat(pools.status().checkedOut()).isEqualTo(5);
        all.forEach(Lease::release);
    }

    @Test
    @Tag("H42")
    @Tag("P18")
    @Tag("row34")
    void leavesNoBackendBehindWhenItCloses() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease held = pools.lease(owner, LONG);
        CountDownLatch never = new CountDownLatch(1);
        CompletableFuture<?> unfinished = TestPools.onOwnThread(() -> held.run(connection -> {
            connection.createStatement().execute("SELECT 1");
            never.await();
            return true;
        }));
        pools.run(PoolFaultsTest::one);

        pools.closePools(Duration.ofMillis(200));

        assertThat(pools.backends("%:userdata") + pools.backends("%:platform")).isZero();
        // The control connections go last, and nobody is left to see their backends off.
        await().until(() -> pools.backends("%") == 0);
        assertThat(TestPools.expectRevoked(owner).cause()).isEqualTo(Ending.DRAINED);
        assertThat(unfinished).failsWithin(LONG);
    }

    @Test
    void drainingServesTheControlClassOnly() {
        pools.pools.drain();
        TestProbe<LeaseEvent> owner = pools.owner();
        pools.acquire(owner, LONG);

        assertThat(owner.expectMessageClass(LeaseEvent.Denied.class)
                        .toException()
                        .kind())
                .isEqualTo(LeaseException.Kind.STOPPING);
        int answer = pools.pools
                .leases()
                .run(PoolName.PLATFORM, LeaseClass.CONTROL, TestPools.HOLDER, Hold.atMost(LONG), PoolFaultsTest::one)
                .toCompletableFuture()
                .join();
        assertThat(answer).isEqualTo(1);
    }

    @Test
    void notificationsArriveAndAControlWorkThatHangsCostsOnlyItsConnection() throws Exception {
        ControlConnection control = pools.pools.control(PoolName.PLATFORM);
        TestPools.get(pools.pools.ready(PoolName.PLATFORM, LONG));
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        AtomicInteger connects = new AtomicInteger();
        control.listen("leasehold", heard::add);
        control.onConnected(connection -> {
            return connects.incrementAndGet();
        });
        int answer = TestPools.get(control.execute(LONG, PoolFaultsTest::one));
        assertThat(answer).isEqualTo(1);

        pools.database.execute("NOTIFY leasehold, 'first'");
        assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("first");

        assertThatThrownBy(() -> TestPools.get(control.execute(
                        Duration.ofMillis(200),
                        connection -> connection.createStatement().execute("SELECT pg_sleep(20)"))))
                .isInstanceOf(LeaseException.class);
        await().until(() -> control.isHealthy() && connects.get() >= 2);
        pools.database.execute("NOTIFY leasehold, 'second'");
        assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("second");
    }
}
