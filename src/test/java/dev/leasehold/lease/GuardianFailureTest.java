package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.TestProbe;
import dev.leasehold.lease.ledger.Denial;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A guardian that fails while something is under way; each test has pools of its own. */
class GuardianFailureTest {

    private static final Duration LONG = Duration.ofSeconds(25);
    private static final int FAILURES = 11;

    private final TestPools pools = new TestPools("leasehold.userdata-pool { size = 2, max-overflow = 1 }");

    @AfterEach
    void stop() throws Exception {
        pools.close();
    }

    /** A message that no guardian can work with. */
    @SuppressWarnings("NullAway") // on purpose
    private void failGuardian() {
        pools.pools.guardian(PoolName.USERDATA).tell(new PoolGuardian.GetStatus(null));
    }

    private List<Lease> leaseAll(TestProbe<LeaseEvent> owner) {
        List<Lease> leases = new ArrayList<>();
        for (int no = 0; no < 3; no++) {
            leases.add(pools.lease(owner, LONG));
        }
        return leases;
    }

    @Test
    @Tag("H19")
    @Tag("P2")
    void countsTheLeasesItTookWithItAsEnded() {
        TestProbe<LeaseEvent> owner = pools.owner();
        leaseAll(owner);

        failGuardian();

        await().until(() -> pools.status().retiring() == 0);
        assertThat(pools.status().granted()).isEqualTo(3);
        assertThat(pools.status().ended()).isEqualTo(3);
    }

    @Test
    @Tag("H19")
    @Tag("P9")
    void tellsThoseWhoWaitedThatTheyMustAskAgain() {
        TestProbe<LeaseEvent> owner = pools.owner();
        leaseAll(owner);
        TestProbe<LeaseEvent> waiting = pools.owner();
        pools.acquire(waiting, LONG);
        CompletableFuture<Object> work = pools.pools
                .leases()
                .<Object>run(
                        PoolName.USERDATA, LeaseClass.TASK, TestPools.HOLDER, Hold.atMost(LONG), Connection::isReadOnly)
                .toCompletableFuture();
        await().until(() -> pools.status().waiting() == 2);

        failGuardian();

        LeaseEvent.Denied denied = waiting.expectMessageClass(LeaseEvent.Denied.class, LONG);
        assertThat(denied.reason()).isEqualTo(Denial.DOWN);
        assertThat(denied.retryAfter()).isPositive();
        assertThatThrownBy(() -> TestPools.get(work)).isInstanceOf(LeaseException.class);
    }

    @Test
    @Tag("H20")
    void answersWhatCameWhileItWasAway() {
        TestProbe<LeaseEvent> owner = pools.owner();

        failGuardian();
        failGuardian();
        pools.acquire(owner, LONG);

        owner.expectMessageClass(LeaseEvent.Granted.class, LONG).lease().release();
    }

    @Test
    @Tag("H19")
    @Tag("P1")
    void remembersItsBudget() {
        TestProbe<LeaseEvent> owner = pools.owner();
        pools.pools.guardian(PoolName.USERDATA).tell(new PoolGuardian.SetBudget(1));

        failGuardian();

        Lease first = pools.lease(owner, LONG);
        pools.acquire(owner, LONG);
        await().until(() -> pools.status().waiting() == 1);
        assertThat(pools.status().checkedOut() + pools.status().opening()).isEqualTo(1);
        first.release();
    }

    @Test
    @Tag("H19")
    @Tag("H42")
    void goesOnWithItsEnd() {
        TestProbe<LeaseEvent> owner = pools.owner();
        leaseAll(owner);
        TestProbe<PoolGuardian.Closed> closer = pools.kit.createTestProbe(PoolGuardian.Closed.class);
        pools.pools.drain();
        pools.pools.guardian(PoolName.USERDATA).tell(new PoolGuardian.Close(LONG, closer.getRef()));
        await().until(() -> pools.status().checkedOut() == 3);

        failGuardian();

        closer.expectMessage(LONG, PoolGuardian.Closed.INSTANCE);
        assertThat(pools.pooledBackends()).isZero();
        pools.acquire(owner, LONG);
        assertThat(TestPools.expect(owner, LeaseEvent.Denied.class).reason()).isEqualTo(Denial.DRAINING);
    }

    @Test
    @Tag("H19")
    @Tag("H42")
    void goesOnWithItsDraining() {
        TestProbe<LeaseEvent> owner = pools.owner();
        leaseAll(owner).get(0).release();
        pools.pools.drain();

        failGuardian();

        pools.acquire(owner, LONG);
        assertThat(TestPools.expect(owner, LeaseEvent.Denied.class).reason()).isEqualTo(Denial.DRAINING);
    }

    @Test
    @Tag("H19")
    @Tag("P18")
    void endsItsSystemWhenItFailsAgainAndAgain() throws Exception {
        pools.closeWithSystem();
        TestProbe<LeaseEvent> owner = pools.owner();
        leaseAll(owner);

        for (int no = 0; no < FAILURES; no++) {
            failGuardian();
        }

        pools.kit.system().getWhenTerminated().toCompletableFuture().get(2 * LONG.toSeconds(), TimeUnit.SECONDS);
        await().until(() -> pools.backends("%") == 0);
    }
}
