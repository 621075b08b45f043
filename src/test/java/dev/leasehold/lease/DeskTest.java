package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.TestProbe;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Leases that threads take and give back themselves, on pools of two connections. */
class DeskTest {

    private static final Duration LONG = Duration.ofSeconds(25);
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(30));

    private static TestPools pools;

    @BeforeAll
    static void start() {
        pools = new TestPools("leasehold.userdata-pool { size = 2, max-overflow = 0 }");
    }

    @AfterAll
    static void stop() throws Exception {
        pools.close();
    }

    @AfterEach
    void everythingIsBack() {
        await().until(() -> pools.pools.remembered(PoolName.USERDATA) == 0);
    }

    private static <T> T call(Hold hold, SqlWork<T> work) throws Exception {
        return pools.pools.leases().call(PoolName.USERDATA, LeaseClass.TASK, TestPools.HOLDER, hold, work);
    }

    @Test
    void worksOnTheCallingThreadAndGivesBack() throws Exception {
        long granted = pools.status().granted();
        long ended = pools.status().ended();

        Thread worker = call(HOLD, connection -> Thread.currentThread());

        assertThat(worker).isSameAs(Thread.currentThread());
        assertThat(pools.status().checkedOut()).isZero();
        assertThat(pools.status().granted()).isEqualTo(granted + 1);
        assertThat(pools.status().ended()).isEqualTo(ended + 1);
        assertThat(pools.pools.remembered(PoolName.USERDATA)).isZero();
    }

    @Test
    @Tag("row36")
    void commitsOnTheCallingThreadOrRollsBack() throws Exception {
        call(HOLD, connection -> connection.createStatement().execute("CREATE TABLE kept (a int)"));
        Leases leases = pools.pools.leases();

        leases.callInTransaction(
                PoolName.USERDATA,
                LeaseClass.TASK,
                TestPools.HOLDER,
                HOLD,
                connection -> connection.createStatement().executeUpdate("INSERT INTO kept VALUES (1)"));
        assertThatThrownBy(() -> leases.callInTransaction(
                        PoolName.USERDATA, LeaseClass.TASK, TestPools.HOLDER, HOLD, connection -> {
                            connection.createStatement().executeUpdate("INSERT INTO kept VALUES (2)");
                            throw new IllegalArgumentException("no");
                        }))
                .isInstanceOf(IllegalArgumentException.class);

        int sum = call(HOLD, connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT sum(a) FROM kept")) {
                row.next();
                return row.getInt(1);
            }
        });
        assertThat(sum).isEqualTo(1);
    }

    @Test
    void refusesThreadsThatMayNotBlock() throws Exception {
        ForkJoinPool other = new ForkJoinPool(1);
        try {
            assertThat(other.submit(() -> {
                                try {
                                    return call(HOLD, connection -> "worked");
                                } catch (IllegalStateException e) {
                                    return "refused";
                                }
                            })
                            .get(20, TimeUnit.SECONDS))
                    .isEqualTo("refused");
        } finally {
            other.shutdownNow();
        }
    }

    @Test
    @Tag("H24")
    void refusesASecondLeaseOfTheSamePool() {
        assertThatThrownBy(() -> call(HOLD, outer -> call(HOLD, inner -> true)))
                .isInstanceOfSatisfying(
                        LeaseException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(LeaseException.Kind.NESTED));
    }

    @Test
    void deniesWhoWaitedTooLong() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease first = pools.lease(owner, LONG);
        Lease second = pools.lease(owner, LONG);

        assertThatThrownBy(() -> call(HOLD.waitingAtMost(Duration.ofMillis(50)), connection -> true))
                .isInstanceOfSatisfying(
                        LeaseException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(LeaseException.Kind.TIMEOUT));

        first.release();
        second.release();
        assertThat(DeskTest.<Boolean>call(HOLD, connection -> true)).isTrue();
    }

    @Test
    @Tag("P7")
    void servesThoseWhoWaitedLongerFirst() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease first = pools.lease(owner, LONG);
        Lease second = pools.lease(owner, LONG);
        TestProbe<LeaseEvent> waiting = pools.owner();
        pools.acquire(waiting, LONG);
        await().until(() -> pools.status().waiting() == 1);
        CompletableFuture<Object> late = TestPools.onOwnThread(() -> call(HOLD, connection -> true));
        await().until(() -> pools.status().waiting() == 2);

        first.release();

        Lease third = waiting.expectMessageClass(LeaseEvent.Granted.class, LONG).lease();
        assertThat(late).isNotDone();
        second.release();
        assertThat(TestPools.get(late)).isEqualTo(true);
        third.release();
    }

    @Test
    @Tag("H3")
    void forgetsAThreadThatIsInterruptedWhileItWaits() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease first = pools.lease(owner, LONG);
        Lease second = pools.lease(owner, LONG);
        AtomicReference<Thread> thread = new AtomicReference<>();
        CompletableFuture<Object> waiting = TestPools.onOwnThread(() -> call(HOLD, connection -> true), thread);
        await().until(() -> pools.status().waiting() == 1);

        Objects.requireNonNull(thread.get()).interrupt();

        assertThatThrownBy(() -> TestPools.get(waiting)).isInstanceOf(InterruptedException.class);
        await().until(() -> pools.status().waiting() == 0);
        first.release();
        second.release();
        await().until(() -> pools.pools.remembered(PoolName.USERDATA) == 0);
    }

    @Test
    @Tag("H18")
    void failsWorkThatOutlivedItsLeaseThoughItReturned() {
        CountDownLatch never = new CountDownLatch(1);
        int before = pools.revoked.size();

        assertThatThrownBy(() -> call(Hold.atMost(Duration.ofMillis(200)), connection -> {
                    try {
                        return never.await(20, TimeUnit.SECONDS);
                    } catch (InterruptedException swallowed) {
                        return true;
                    }
                }))
                .isInstanceOfSatisfying(
                        LeaseException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(LeaseException.Kind.REVOKED));

        assertThat(Thread.interrupted()).isFalse();
        await().until(() -> pools.revoked.size() == before + 1);
    }

    /** It is the thread's message, so the thread's failure must be the guardian's. */
    @Test
    @Tag("H19")
    @Tag("P9")
    @Tag("P12")
    @SuppressWarnings("NullAway") // on purpose: no class, so no queue for it
    void aStepThatFailsOnAThreadFailsTheGuardian() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease held = pools.lease(owner, LONG);
        TestProbe<LeaseEvent> victim = pools.owner();
        PoolGuardian.Acquire broken = new PoolGuardian.Acquire(
                PoolGuardian.nextRequestId(),
                pools.kit.system().deadLetters(),
                0,
                victim.getRef(),
                null,
                new Hold(LONG, Optional.empty()),
                TestPools.HOLDER,
                "",
                LONG);
        Desk desk = pools.pools.desk(PoolName.USERDATA);

        assertThat(desk.acquire(broken)).isTrue();

        assertThat(held.isOpen()).isFalse();
        assertThat(desk.release(held.id())).isFalse();
        victim.expectMessageClass(LeaseEvent.Denied.class, LONG);
        TestPools.expectRevoked(owner);
        assertThat(DeskTest.<Boolean>call(HOLD, Connection::getAutoCommit)).isTrue();
        assertThat(pools.pools.desk(PoolName.USERDATA)).isNotSameAs(desk);
        await().until(() -> pools.status().retiring() == 0);
    }
}
