package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.LoggingTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import dev.leasehold.lease.ledger.Denial;
import dev.leasehold.testing.RefusingServer;
import dev.leasehold.testing.TcpProxy;
import dev.leasehold.testing.TestPostgres;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Servers that answer and refuse: full, starting, or for reasons that a person must remove. */
@Tag("long")
class RefusedTest {

    private static final Duration LONG = Duration.ofSeconds(25);
    private static final int ATTEMPTS = 5;

    private final TestPools.Ground ground = TestPools.Ground.common();
    private final TcpProxy proxy = new TcpProxy(ground.database().port());
    private final TestPools pools = new TestPools(
            "leasehold.userdata-pool { size = 2, max-overflow = 1 }",
            url -> url.replace(":" + ground.database().port() + "/", ":" + proxy.port() + "/"),
            ground);

    @AfterEach
    void stop() throws Exception {
        pools.close();
        proxy.close();
    }

    private double refusals(String sqlStateClass) {
        return pools
                .registry
                .find("leasehold_pool_open_failures")
                .tag("pool", "userdata")
                .tag("sqlstate_class", sqlStateClass)
                .counters()
                .stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    private void limitRole(int connections) throws Exception {
        try (Connection connection = TestPostgres.superuser();
                Statement statement = connection.createStatement()) {
            statement.execute("ALTER ROLE " + pools.database.user() + " CONNECTION LIMIT " + connections);
        }
    }

    @Test
    @Tag("H32")
    @Tag("row43")
    void waitsForTheBudgetWithoutAStormAndWithoutCallingTheServerDown() throws Exception {
        TestPools.get(pools.pools.ready(PoolName.USERDATA, LONG));
        TestPools.get(pools.pools.ready(PoolName.PLATFORM, LONG));
        limitRole(3); // two control connections and one more
        TestProbe<LeaseEvent> owner = pools.owner();
        pools.lease(owner, LONG);
        long since = System.nanoTime();

        LoggingTestKit.warn("is refused a connection, the budget is full")
                .withOccurrences(1)
                .expect(pools.kit.system(), () -> {
                    pools.acquire(owner, LONG);
                    await().atMost(LONG).until(() -> refusals("53") >= ATTEMPTS);
                    return true;
                });

        double seconds = (System.nanoTime() - since) / 1e9;
        // Half of 50, 100, 200 and 400 ms at least, in which the waits' spread ends.
        assertThat(seconds).isGreaterThanOrEqualTo(0.375);
        // 25, 50, 100, 200, 400 ms and then at least one second each.
        assertThat(refusals("53")).isLessThanOrEqualTo(6 + seconds);
        assertThat(pools.status().waiting()).isEqualTo(1);
        assertThat(pools.status().healthy()).isTrue();
        TestProbe<LeaseEvent> hasty = pools.owner();
        pools.acquire(PoolName.USERDATA, hasty.getRef(), hasty.getRef(), 0, LONG, "", Duration.ofMillis(100));
        assertThat(hasty.expectMessageClass(LeaseEvent.Denied.class, LONG).reason())
                .isEqualTo(Denial.DEADLINE);
        limitRole(-1);
        TestPools.expect(owner, LeaseEvent.Granted.class).lease().release();
    }

    @Test
    @Tag("H31")
    @Tag("H32")
    void triesOneAtATimeAndLessAndLessOftenWhileTheServerStarts() throws Exception {
        try (RefusingServer starting = new RefusingServer("57P03")) {
            TestPools.get(pools.pools.ready(PoolName.USERDATA, LONG));
            proxy.redirect(starting.port());
            TestProbe<LeaseEvent> owner = pools.owner();
            pools.acquire(owner, LONG);
            pools.acquire(owner, LONG);

            await().atMost(LONG).until(() -> starting.refusedAt().size() >= ATTEMPTS);

            List<Long> at = starting.refusedAt();
            for (int no = 1; no < ATTEMPTS; no++) {
                long least = Duration.ofMillis(50L << (no - 1)).toNanos();
                assertThat(at.get(no) - at.get(no - 1)).isGreaterThanOrEqualTo(least);
            }
            assertThat(pools.status().waiting()).isEqualTo(2);
            proxy.redirect(pools.database.port());
            TestPools.expect(owner, LeaseEvent.Granted.class).lease().release();
        }
    }

    @Test
    @Tag("H31")
    @Tag("H19")
    @SuppressWarnings("NullAway") // on purpose: a message that no guardian can work with
    void aGuardianThatFailsDoesNotStartTheWaitingAnew() throws Exception {
        try (RefusingServer starting = new RefusingServer("57P03")) {
            TestPools.get(pools.pools.ready(PoolName.USERDATA, LONG));
            proxy.redirect(starting.port());
            TestProbe<LeaseEvent> owner = pools.owner();
            pools.acquire(owner, LONG);
            await().atMost(LONG).until(() -> starting.refusedAt().size() == ATTEMPTS);

            pools.pools.guardian(PoolName.USERDATA).tell(new PoolGuardian.GetStatus(null));
            pools.acquire(owner, LONG);

            await().atMost(LONG).until(() -> starting.refusedAt().size() > ATTEMPTS);
            List<Long> at = starting.refusedAt();
            long least = Duration.ofMillis(50L << (ATTEMPTS - 1)).toNanos();
            assertThat(at.get(ATTEMPTS) - at.get(ATTEMPTS - 1)).isGreaterThanOrEqualTo(least);
            proxy.redirect(pools.database.port());
        }
    }

    @Test
    @Tag("H32")
    void deniesAtOnceWhereAPersonMustActAndSaysSo() throws Exception {
        try (RefusingServer stranger = new RefusingServer("28P01")) {
            TestPools.get(pools.pools.ready(PoolName.USERDATA, LONG));
            proxy.redirect(stranger.port());
            TestProbe<LeaseEvent> owner = pools.owner();

            LoggingTestKit.error("pool userdata cannot connect").expect(pools.kit.system(), () -> {
                pools.acquire(owner, LONG);
                LeaseEvent.Denied denied = owner.expectMessageClass(LeaseEvent.Denied.class, LONG);
                assertThat(denied.reason()).isEqualTo(Denial.DOWN);
                return true;
            });

            // Put right: with the control connection's next connect the pool tries again, before its ten seconds are
            // over.
            proxy.redirect(pools.database.port());
            proxy.cutAll();
            await().atMost(LONG).ignoreExceptions().untilAsserted(() -> {
                int one = pools.run(connection -> 1);
                assertThat(one).isEqualTo(1);
            });
            assertThat(stranger.refusedAt()).hasSizeLessThan(4);
        }
    }

    @Test
    @Tag("H30")
    void aConnectionOnWhichAWriteWasRefusedIsNotUsedAgain() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease lease = pools.lease(owner, LONG);

        assertThat(TestPools.onOwnThread(() -> lease.run(connection -> connection
                        .createStatement()
                        .execute("SET default_transaction_read_only = on; COMMIT; CREATE TABLE note (text text)"))))
                .failsWithin(LONG);

        Lease next = pools.lease(owner, LONG);
        assertThat(next.server().is(lease.server())).isFalse();
        next.release();
    }
}
