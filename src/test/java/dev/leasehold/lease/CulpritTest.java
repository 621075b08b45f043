package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.LoggingTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import dev.leasehold.lease.ledger.Ending;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is told of whoever did not give his lease back, and of what he does afterwards. */
class CulpritTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    private final TestPools pools = new TestPools("leasehold.pool { stack-sample-every = 1, strict = on }");

    @AfterEach
    void stop() throws Exception {
        pools.close();
    }

    private static boolean select(Connection connection, String what) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.execute("SELECT " + what);
        }
    }

    private double counted(String name, String... tags) {
        return pools.registry
                .get(name)
                .tags("pool", "userdata")
                .tags(tags)
                .counter()
                .count();
    }

    private double shown(String name) {
        return pools.registry.get(name).tag("pool", "userdata").gauge().value();
    }

    private boolean leakInATransaction() {
        CompletableFuture<Boolean> leaking = pools.pools
                .leases()
                .inTransaction(
                        PoolName.USERDATA,
                        LeaseClass.TASK,
                        TestPools.HOLDER,
                        Hold.atMost(Duration.ofMillis(1_500)),
                        connection -> {
                            select(connection, "'secret', 42");
                            new CountDownLatch(1).await();
                            return true;
                        })
                .toCompletableFuture();
        assertThatThrownBy(() -> TestPools.get(leaking)).isInstanceOf(LeaseException.class);
        await().until(() -> !pools.revoked.isEmpty());
        return true;
    }

    @Test
    @Tag("row18")
    void theLogNamesHimOnceWithAllThatIsKnown() {
        AtomicReference<String> told = new AtomicReference<>("");
        LoggingTestKit.warn("")
                .withLoggerName(Undertaker.class.getName())
                .withCustom(event -> {
                    told.set(event.message());
                    return true;
                })
                .withOccurrences(1)
                .expect(pools.kit.system(), this::leakInATransaction);

        RevokedLease record = pools.revoked.get(0);
        assertThat(told.get())
                .startsWith("lease " + record.leaseId() + " expired: held " + record.heldMillis()
                        + " ms by akka://test/user/run-1, task task-1, run run-1, type demo-leak, tenant default; idle "
                        + record.idleMillis() + " ms in a transaction; gone by " + record.reclaimedBy() + " after "
                        + record.reclaimMillis() + " ms; last SQL: SELECT '?', 42")
                .contains("\n  held by leasehold-jdbc-")
                .contains("CountDownLatch.await")
                .contains("\n  asked for by main\n");
        assertThat(record.acquiredStack()).startsWith("main\n  at ");
        assertThat(record.holderStack()).contains("CountDownLatch.await");
        assertThat(counted("leasehold_leases_revoked", "cause", "expired", "type", "demo-leak"))
                .isEqualTo(1);
        assertThat(pools.registry
                        .get("leasehold_pool_idle_in_lease")
                        .tag("pool", "userdata")
                        .timer()
                        .count())
                .isEqualTo(1);
    }

    /** Whichever comes first, the word of the revocation or the interrupt: who waits hears the same. */
    @Test
    @Tag("H16")
    void workThatIsInterruptedForItsLeaseFailsByItsLease() {
        Lease lease = pools.lease(pools.owner(), Duration.ofMillis(300));

        assertThatThrownBy(() -> lease.inTransaction(
                        connection -> new CountDownLatch(1).await(LONG.toSeconds(), TimeUnit.SECONDS)))
                .isInstanceOfSatisfying(
                        LeaseException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(LeaseException.Kind.REVOKED))
                .hasCauseInstanceOf(InterruptedException.class);
    }

    /** The first looks at its request are long over when it is granted, and nothing else in the pool is due soon. */
    @Test
    @Tag("H45")
    void aLeaseThatWasLongWaitedForIsTakenBackInTimeToo() throws Exception {
        try (TestPools small = new TestPools("""
                leasehold.pool { leak-in-transaction = 1h, leak-outside = 1h, hard-cap = 2h }
                leasehold.userdata-pool { size = 1, max-overflow = 0 }
                """)) {
            TestProbe<LeaseEvent> holder = small.owner();
            Lease first = small.lease(holder, LONG);
            TestProbe<LeaseEvent> owner = small.owner();
            small.acquire(
                    PoolName.USERDATA, owner.getRef(), owner.getRef(), 0, Duration.ofMillis(300), "", LONG.plus(LONG));
            owner.expectNoMessage(Duration.ofMillis(1_500));

            first.release();

            owner.expectMessageClass(LeaseEvent.Granted.class, LONG).lease().claim();
            await().atMost(Duration.ofSeconds(8)).until(() -> small.status().checkedOut() == 0);
            assertThat(TestPools.expectRevoked(owner).cause()).isEqualTo(Ending.EXPIRED);
        }
    }

    /** Work that neither calls nor heeds an interrupt: its connection is taken, its thread is only counted. */
    @Test
    @Tag("H17")
    @Tag("H18")
    void aThreadThatComputesOnLosesItsConnectionAndIsCounted() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease lease = pools.lease(owner, Duration.ofMillis(200));
        int pid = lease.server().pid();
        AtomicBoolean enough = new AtomicBoolean();
        CompletableFuture<Object> work = TestPools.onOwnThread(() -> lease.run(connection -> {
            while (!enough.get()) {
                Thread.onSpinWait();
            }
            return select(connection, "1");
        }));

        TestPools.expect(owner, LeaseEvent.LeaseEnded.class);

        assertThat(pools.isStanding(pid)).isFalse();
        await().until(() -> shown("leasehold_lease_zombies") == 1);
        assertThat(pools.pools.zombies()).isEqualTo(1);
        enough.set(true);
        assertThatThrownBy(() -> TestPools.get(work)).isInstanceOf(LeaseException.class);
        await().until(() -> shown("leasehold_lease_zombies") == 0);
        assertThat(counted("leasehold_lease_refused_calls")).isGreaterThanOrEqualTo(1);
        assertThat(shown("leasehold_pool_oldest_retiring_seconds")).isZero();
    }

    @Test
    @Tag("H4")
    @Tag("H5")
    void releasesThatCameLateOrTwiceAreCounted() {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease lease = pools.lease(owner, LONG);
        lease.release();
        lease.release();
        pools.pools.guardian(PoolName.USERDATA).tell(new PoolGuardian.Release(lease.id()));

        await().until(() -> counted("leasehold_leases_late_releases") == 2);
    }

    @Test
    @Tag("H37")
    void workThatLeavesItsTransactionOpenFailsInStrictMode() throws Exception {
        assertThatThrownBy(() -> pools.run(connection -> {
                    try (Statement statement = connection.createStatement()) {
                        return statement.execute("BEGIN; SELECT 1");
                    }
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("left a transaction open");

        await().until(() -> counted("leasehold_leases_dirty_releases") == 1);
        boolean rows = pools.run(connection -> select(connection, "1"));
        assertThat(rows).isTrue();
    }

    @Test
    @Tag("H37")
    void otherwiseItIsRolledBackAndCounted() throws Exception {
        try (TestPools lenient = new TestPools()) {
            lenient.run(connection -> {
                try (Statement statement = connection.createStatement()) {
                    return statement.execute("BEGIN; CREATE TABLE forgotten (id int)");
                }
            });
            await().until(() -> lenient.registry
                            .get("leasehold_leases_dirty_releases")
                            .tag("pool", "userdata")
                            .counter()
                            .count()
                    == 1);
            assertThatThrownBy(() -> lenient.run(connection -> select(connection, "* FROM forgotten")))
                    .isInstanceOf(SQLException.class);
        }
    }
}
