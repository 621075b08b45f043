package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.TestProbe;
import dev.leasehold.lease.LeaseEvent.LeaseRevoked;
import dev.leasehold.lease.ledger.Ending;
import dev.leasehold.testing.MovableClock;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Pools on clocks that the test moves: the monotonic one decides, the wall's is for display. */
class TimeTest {

    private static final Duration LONG = Duration.ofSeconds(25);
    private static final Duration RECYCLE = Duration.ofMinutes(30);

    private final AtomicLong ahead = new AtomicLong();
    private final MovableClock wall = new MovableClock();
    private final TestPools pools = new TestPools(
            "leasehold { pool { leak-in-transaction = 20m, leak-outside = 2h, hard-cap = 2h }, userdata-pool { size = 3, max-overflow = 0 } }",
            url -> url,
            TestPools.Ground.common().with(() -> System.nanoTime() + ahead.get(), wall));

    @AfterEach
    void stop() throws Exception {
        pools.close();
    }

    private void pass(Duration time) {
        ahead.addAndGet(time.toNanos());
    }

    private static int one(Lease lease) throws Exception {
        return lease.run(connection -> connection.createStatement().execute("SELECT 1") ? 1 : 0);
    }

    /** Leases all three at once and gives them back. */
    private Set<Integer> pids() {
        TestProbe<LeaseEvent> owner = pools.owner();
        Set<Integer> pids = new HashSet<>();
        Lease[] leases = new Lease[3];
        for (int no = 0; no < 3; no++) {
            leases[no] = pools.lease(owner, Duration.ofSeconds(5));
            pids.add(leases[no].server().pid());
        }
        for (Lease lease : leases) {
            lease.release();
        }
        await().until(() -> pools.status().checkedIn() == 3);
        return pids;
    }

    @Test
    @Tag("row29")
    @Tag("H34")
    void usesNoConnectionBeyondItsAgeAndCutsNoneInUse() throws Exception {
        Set<Integer> young = pids();

        pass(RECYCLE.multipliedBy(88).dividedBy(100)); // before the first of them may go
        assertThat(pids()).isEqualTo(young);
        // One is leased when its time comes, for longer than a connection that old would be granted for.
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease held = pools.lease(owner, Duration.ofHours(1));
        pass(Duration.ofSeconds(250));

        assertThat(one(held)).isEqualTo(1);
        await().until(() -> pools.status().checkedOut() == 0);
        assertThat(pids()).hasSize(3).doesNotContainAnyElementsOf(young);
        assertThat(pools.status().recycled()).isEqualTo(3);
    }

    @Test
    @Tag("row29")
    void spreadsTheReplacementsOverATenthOfTheAge() {
        Set<Integer> young = pids();

        pass(RECYCLE.multipliedBy(89).dividedBy(100));
        assertThat(pids()).isEqualTo(young);
        pass(RECYCLE.multipliedBy(12).dividedBy(100));
        assertThat(pids()).doesNotContainAnyElementsOf(young);
    }

    @Test
    @Tag("row20")
    @Tag("H45")
    void suspectsALeaseAfterHalfOfWhatMakesALeak() {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease outside = pools.lease(owner, Duration.ofHours(2));
        Lease within = pools.lease(owner, Duration.ofHours(2));
        long now = System.nanoTime() + ahead.get();
        assertThat(within.fence().enter(now)).isTrue();
        within.fence().exit(now, true);

        pass(Duration.ofMinutes(9));
        assertThat(pools.status().suspects()).isZero();
        pass(Duration.ofMinutes(2));
        assertThat(pools.status().suspects()).isEqualTo(1);
        within.release();
        pass(Duration.ofMinutes(48));
        assertThat(pools.status().suspects()).isZero();
        pass(Duration.ofMinutes(2));
        assertThat(pools.status().suspects()).isEqualTo(1);

        outside.fence().enter(System.nanoTime() + ahead.get()); // whoever is within a call is none
        assertThat(pools.status().suspects()).isZero();
    }

    @Test
    @Tag("H35")
    @Tag("P14")
    void theWallClockMeansNothing() throws Exception {
        Set<Integer> before = pids();
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease lease = pools.lease(owner, LONG);

        wall.move(Duration.ofHours(1));
        assertThat(pools.status().checkedOut()).isEqualTo(1);
        assertThat(lease.isOpen()).isTrue();
        assertThat(lease.remaining()).isBetween(Duration.ofSeconds(1), LONG);
        wall.move(Duration.ofHours(-2));
        assertThat(lease.isOpen()).isTrue();
        assertThat(one(lease)).isEqualTo(1);

        await().until(() -> pools.status().checkedOut() == 0);
        assertThat(pids()).isEqualTo(before);
        assertThat(pools.revoked).isEmpty();
    }

    @Test
    @Tag("H36")
    @Tag("P3")
    void whoAwakesAfterTheEndIsRefusedBeforeAnyTimerRings() {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease lease = pools.lease(owner, Duration.ofMinutes(10));

        assertThatThrownBy(() -> lease.run(connection -> {
                    pass(Duration.ofMinutes(11)); // as if the whole machine had slept
                    return connection.createStatement().execute("SELECT 1");
                }))
                .isInstanceOfSatisfying(
                        LeaseException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(LeaseException.Kind.REVOKED));

        LeaseRevoked revoked = TestPools.expectRevoked(owner);
        assertThat(revoked.cause()).isEqualTo(Ending.EXPIRED);
    }
}
