package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.TestProbe;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a pool tells of itself: its counters, timers and status, each test on pools of its own. */
class PoolCountsTest {

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

    private double count(String name, String... tags) {
        return pools.registry
                .get(name)
                .tags("pool", "userdata")
                .tags(tags)
                .counter()
                .count();
    }

    private long times(String name, String... tags) {
        return pools.registry
                .get(name)
                .tags("pool", "userdata")
                .tags(tags)
                .timer()
                .count();
    }

    /** Of each kind one, and what is not asked for stays at nought. */
    @Test
    @Tag("row19")
    void countsWaitsUsesTimeOutsErrorsAndConnections() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        List<Lease> all = new ArrayList<>();
        for (int no = 0; no < 5; no++) {
            all.add(pools.lease(owner, LONG));
        }
        pools.acquire(PoolName.USERDATA, owner.getRef(), owner.getRef(), 0, LONG, "", Duration.ofMillis(30));
        TestPools.expect(owner, LeaseEvent.Denied.class);
        pools.acquire(owner, LONG);
        await().until(() -> pools.status().waiting() == 1);
        assertThat(pools.registry
                        .get("leasehold_pool_waiting")
                        .tags("pool", "userdata", "class", "task")
                        .gauge()
                        .value())
                .isEqualTo(1);
        all.forEach(Lease::release);
        TestPools.expect(owner, LeaseEvent.Granted.class).lease().release();
        await().until(() -> pools.status().checkedIn() == 2
                && pools.status().retiring() == 0
                && pools.status().cleaning() == 0);

        assertThat(times("leasehold_pool_wait", "class", "task")).isEqualTo(6);
        assertThat(times("leasehold_pool_wait", "class", "control")).isZero();
        assertThat(times("leasehold_pool_hold")).isEqualTo(6);
        assertThat(times("leasehold_pool_opening")).isEqualTo(5);
        assertThat(count("leasehold_pool_opened")).isEqualTo(5);
        assertThat(count("leasehold_pool_retired", "why", "surplus")).isEqualTo(3);
        assertThat(count("leasehold_leases_denied", "reason", "deadline")).isEqualTo(1);
        assertThat(count("leasehold_leases_denied", "reason", "queue_full")).isZero();
        assertThat(pools.status().timeouts()).isEqualTo(1);
    }

    @Test
    @Tag("row19")
    @Tag("row37")
    void countsWhatHappened() throws Exception {
        pools.run(PoolCountsTest::one);
        await().until(() -> pools.status().checkedIn() == 1);

        PoolStatus status = pools.status();
        assertThat(status.granted()).isEqualTo(1);
        assertThat(status.created()).isEqualTo(1);
        assertThat(status.max()).isEqualTo(5);
        assertThat(pools.registry
                        .get("leasehold_leases_granted")
                        .tag("pool", "userdata")
                        .counter()
                        .count())
                .isEqualTo(1);
        assertThat(pools.registry
                        .get("leasehold_leases_ended")
                        .tag("pool", "userdata")
                        .tag("how", "released")
                        .counter()
                        .count())
                .isEqualTo(1);
        assertThat(pools.registry
                        .get("leasehold_pool_connections")
                        .tag("pool", "userdata")
                        .tag("state", "idle")
                        .gauge()
                        .value())
                .isEqualTo(1);
    }
}
