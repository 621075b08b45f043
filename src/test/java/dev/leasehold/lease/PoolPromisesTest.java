package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.LoggingTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import com.typesafe.config.ConfigFactory;
import dev.leasehold.lease.LeaseEvent.Denied;
import dev.leasehold.lease.LeaseEvent.Granted;
import dev.leasehold.lease.ledger.Denial;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the two systems before us promised of their pools and did not keep, each with pools of its own. */
class PoolPromisesTest {

    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(20));
    private static final int OPERATIONS = Integer.getInteger("leasehold.test.operations", 1_500);
    private static final Duration MIXED_LOAD = Duration.parse(System.getProperty("leasehold.test.mixed-load", "PT2S"));
    private static final int BATCH = 500;
    private static final int BALLAST = 64 * 1024;

    private final TestPools pools =
            new TestPools("leasehold { pool.leak-outside = 300ms, userdata-pool { size = 2, max-overflow = 2 } }");

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

    private CompletableFuture<Integer> ask(PoolName pool, Hold hold) {
        return pools.pools
                .leases()
                .run(pool, LeaseClass.TASK, TestPools.HOLDER, hold, PoolPromisesTest::one)
                .toCompletableFuture();
    }

    /** A million, and more, with {@code -Dleasehold.test.operations=1000000}. */
    @Test
    @Tag("row13")
    void twentyFiveAndThenManyOperationsLeaveNothingOutAndOpenNothingNew() throws Exception {
        for (int no = 0; no < 25; no++) {
            assertThat(ask(PoolName.USERDATA, HOLD).get()).isEqualTo(1);
        }
        await().until(() -> pools.status().checkedOut() == 0);

        for (int done = 0; done < OPERATIONS; done += BATCH) {
            for (int no = 0; no < BATCH; no++) {
                assertThat(ask(PoolName.USERDATA, HOLD).get()).isEqualTo(1);
            }
            await().until(() -> pools.status().checkedOut() == 0);
        }

        PoolStatus status = pools.status();
        assertThat(status.created() - status.recycled()).isLessThanOrEqualTo(2);
        assertThat(status.granted()).isEqualTo(status.ended()).isGreaterThanOrEqualTo(25L + OPERATIONS);
    }

    /**
     * Each operation carries ballast, so that whatever of it is kept anywhere shows in the heap. An hour with {@code
     * -Dleasehold.test.mixed-load=PT1H}.
     */
    @Test
    @Tag("row15")
    void aMixOfSuccessAndFailureLeavesNothingBehindInMemory() {
        AtomicInteger operations = new AtomicInteger();
        mixedLoad(Duration.ofMillis(500), 32, operations);
        pools.revoked.clear();
        long before = liveHeap();

        // Were all of it kept, the heap would have grown by a quarter at least.
        mixedLoad(MIXED_LOAD, (int) (before / 4 / BALLAST), operations);

        assertThat(pools.revoked).isNotEmpty();
        pools.revoked.clear();
        assertThat(pools.pools.remembered(PoolName.USERDATA)).isZero();
        await().untilAsserted(() -> assertThat(liveHeap()).isLessThan(before + before / 20));
    }

    private void mixedLoad(Duration length, int atLeast, AtomicInteger operations) {
        long end = Ticker.SYSTEM.nanos() + length.toNanos();
        int enough = operations.get() + atLeast;
        while (Ticker.SYSTEM.nanos() - end < 0 || operations.get() < enough) {
            List<CompletableFuture<?>> batch = new ArrayList<>();
            for (int no = 0; no < 32; no++) {
                batch.add(pools.pools
                        .leases()
                        .run(PoolName.USERDATA, LeaseClass.TASK, TestPools.HOLDER, HOLD, mixed(no))
                        .toCompletableFuture());
            }
            batch.forEach(each -> each.handle((answer, failure) -> "over").join());
            TestProbe<LeaseEvent> leaking = pools.owner();
            pools.lease(leaking, Duration.ofMillis(20));
            TestPools.expect(leaking, LeaseEvent.LeaseEnded.class);
            operations.addAndGet(batch.size());
        }
        await().until(() -> pools.pools.remembered(PoolName.USERDATA) == 0);
    }

    private static SqlWork<Object> mixed(int no) {
        byte[] ballast = new byte[BALLAST];
        return connection -> {
            one(connection);
            if (no % 4 == 1) {
                connection.createStatement().execute("SELEC");
            } else if (no % 4 == 2) {
                throw new IllegalStateException("runtime");
            } else if (no % 32 == 3) {
                connection.createStatement().execute("SELECT pg_terminate_backend(pg_backend_pid())");
            }
            return ballast.length;
        };
    }

    /** After full collections, until two of them agree. */
    private static long liveHeap() {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        long before = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            memory.gc();
            long used = memory.getHeapMemoryUsage().getUsed();
            if (before - used < before / 100) {
                return Math.min(before, used);
            }
            before = used;
        }
        return before;
    }

    @Test
    @Tag("row24")
    void startingThePoolsAgainGivesThoseThatAreThere() throws Exception {
        assertThat(pools.start().get()).isSameAs(pools.pools);
        assertThat(pools.start().get()).isSameAs(pools.pools);

        TestPools.get(pools.pools.ready(PoolName.PLATFORM, Duration.ofSeconds(20)));
        TestPools.get(pools.pools.ready(PoolName.USERDATA, Duration.ofSeconds(20)));
        assertThat(pools.backends("%:control")).isEqualTo(2);
    }

    @Test
    @Tag("row35")
    void sixtyFourThreadsThatRaceForTheFirstUseMakeOnePoolADatabase() throws Exception {
        Set<Pools> found = ConcurrentHashMap.newKeySet();
        CountDownLatch go = new CountDownLatch(1);
        List<CompletableFuture<Object>> racers = new ArrayList<>();
        for (int no = 0; no < 64; no++) {
            racers.add(TestPools.onOwnThread(() -> {
                go.await();
                found.add(pools.start().get());
                ask(PoolName.PLATFORM, HOLD).get();
                return ask(PoolName.USERDATA, HOLD).get();
            }));
        }

        go.countDown();

        for (CompletableFuture<Object> racer : racers) {
            assertThat(TestPools.get(racer)).isEqualTo(1);
        }
        assertThat(found).containsExactly(pools.pools);
        assertThat(pools.backends("%:control")).isEqualTo(2);
        assertThat(pools.status(PoolName.USERDATA).created()).isLessThanOrEqualTo(4);
        assertThat(pools.status(PoolName.PLATFORM).created()).isLessThanOrEqualTo(15);
    }

    @Test
    @Tag("row41")
    void saysAtItsStartHowBigItsPoolsAre() throws Exception {
        AtomicReference<TestPools> started = new AtomicReference<>();
        try {
            LoggingTestKit.info("pool userdata: size 3, max overflow 4, recycle PT30M, timeout PT30S")
                    .expect(
                            pools.kit.system(),
                            () -> LoggingTestKit.info(
                                            "pool platform: size 5, max overflow 10, recycle PT30M, timeout PT30S")
                                    .expect(pools.kit.system(), () -> {
                                        started.set(new TestPools(
                                                "leasehold.userdata-pool { size = 3, max-overflow = 4 }"));
                                        return true;
                                    }));
        } finally {
            TestPools logged = started.get();
            if (logged != null) {
                logged.close();
            }
        }
    }

    @Test
    @Tag("row41")
    void isReadyOnlyOnceItsServerHasAnsweredAQuery() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                TestPools mute = new TestPools(
                        "leasehold.pool.connect-timeout = 1s",
                        url -> "jdbc:postgresql://127.0.0.1:" + silent.getLocalPort() + "/any")) {
            assertThatThrownBy(() -> TestPools.get(mute.pools.ready(PoolName.PLATFORM, Duration.ofMillis(300))))
                    .isInstanceOf(LeaseException.class)
                    .hasMessageContaining("not reached within");
            assertThat(mute.status().healthy()).isFalse();
        }
        TestPools.get(pools.pools.ready(PoolName.PLATFORM, Duration.ofSeconds(20)));
        TestPools.get(pools.pools.ready(PoolName.USERDATA, Duration.ofSeconds(20)));
        assertThat(pools.status().healthy()).isTrue();
    }

    @Test
    @Tag("row44")
    @SuppressWarnings("NullAway") // a message that no guardian can work with
    void keepsToItsBudgetAlsoAfterARestartOfTheGuardian() {
        ActorRef<PoolGuardian.Command> guardian = pools.pools.guardian(PoolName.USERDATA);
        guardian.tell(new PoolGuardian.SetBudget(2));
        guardian.tell(new PoolGuardian.GetStatus(null));

        TestProbe<LeaseEvent> owner = pools.owner();
        Lease first = pools.lease(owner, HOLD.atMost());
        Lease second = pools.lease(owner, HOLD.atMost());
        first.fence().enter(Ticker.SYSTEM.nanos()); // inside calls: no leaks
        second.fence().enter(Ticker.SYSTEM.nanos());
        pools.acquire(PoolName.USERDATA, owner.getRef(), owner.getRef(), 0, HOLD.atMost(), "", Duration.ofMillis(50));

        assertThat(owner.expectMessageClass(Denied.class).reason()).isEqualTo(Denial.DEADLINE);
        assertThat(pools.status().max()).isEqualTo(2);
        first.release();
        second.release();
    }

    @Test
    @Tag("row30")
    void deniesAfterThePoolsLimitUnlessTheCallHasItsOwn() throws Exception {
        assertThat(PoolSettings.from(ConfigFactory.load(), PoolName.USERDATA).timeout())
                .isEqualTo(Duration.ofSeconds(30));
        try (TestPools small = new TestPools("""
                leasehold.userdata-pool { size = 1, max-overflow = 0, timeout = 400ms }
                leasehold.platform-pool { size = 1, max-overflow = 0 }
                """)) {
            TestProbe<LeaseEvent> holder = small.owner();
            Lease userdata = small.lease(holder, HOLD.atMost());
            small.acquire(
                    PoolName.PLATFORM, holder.getRef(), holder.getRef(), 0, HOLD.atMost(), "", Duration.ofSeconds(20));
            Lease platform = holder.expectMessageClass(Granted.class).lease();
            platform.claim();

            long askedAt = Ticker.SYSTEM.nanos();
            Leases leases = small.pools.leases();
            CompletableFuture<Integer> byThePool = leases.run(
                            PoolName.USERDATA, LeaseClass.TASK, TestPools.HOLDER, HOLD, PoolPromisesTest::one)
                    .toCompletableFuture();
            CompletableFuture<Integer> byTheOther = leases.run(
                            PoolName.PLATFORM, LeaseClass.TASK, TestPools.HOLDER, HOLD, PoolPromisesTest::one)
                    .toCompletableFuture();
            CompletableFuture<Integer> byTheCall = leases.run(
                            PoolName.PLATFORM,
                            LeaseClass.TASK,
                            TestPools.HOLDER,
                            HOLD.waitingAtMost(Duration.ofMillis(600)),
                            PoolPromisesTest::one)
                    .toCompletableFuture();

            assertThatThrownBy(() -> TestPools.get(byThePool)).hasMessageContaining("deadline");
            assertThat(Ticker.SYSTEM.nanos() - askedAt)
                    .isGreaterThanOrEqualTo(Duration.ofMillis(400).toNanos());
            assertThatThrownBy(() -> TestPools.get(byTheCall)).hasMessageContaining("deadline");
            assertThat(Ticker.SYSTEM.nanos() - askedAt)
                    .isGreaterThanOrEqualTo(Duration.ofMillis(600).toNanos());
            assertThat(byTheOther).isNotDone();
            userdata.release();
            platform.release();
            assertThat(TestPools.get(byTheOther)).isEqualTo(1);
        }
    }

    @Test
    @Tag("row30")
    void servesWaitersInTheOrderInWhichTheyCame() {
        TestProbe<LeaseEvent> holder = pools.owner();
        List<Lease> held = new ArrayList<>();
        for (int no = 0; no < 4; no++) {
            held.add(pools.lease(holder, HOLD.atMost()));
            held.get(no).fence().enter(Ticker.SYSTEM.nanos()); // inside a call: no leak
        }
        TestProbe<LeaseEvent> waiters = pools.owner();
        List<Long> asked = new ArrayList<>();
        for (int no = 0; no < 4; no++) {
            asked.add(pools.acquire(waiters, HOLD.atMost()));
        }
        long impatient = pools.acquire(
                PoolName.USERDATA, waiters.getRef(), waiters.getRef(), 0, HOLD.atMost(), "", Duration.ofMillis(100));
        Denied denied = waiters.expectMessageClass(Denied.class);
        assertThat(denied.requestId()).isEqualTo(impatient);
        assertThat(denied.reason()).isEqualTo(Denial.DEADLINE);

        List<Long> served = new ArrayList<>();
        for (int no = 0; no < 4; no++) {
            held.get(no).release();
            Granted granted = waiters.expectMessageClass(Granted.class, Duration.ofSeconds(20));
            served.add(granted.requestId());
            granted.lease().release();
            await().until(() -> pools.status().cleaning() == 0);
        }

        assertThat(served.get(0)).isEqualTo(asked.get(0));
        assertThat(served).isSorted();
    }
}
