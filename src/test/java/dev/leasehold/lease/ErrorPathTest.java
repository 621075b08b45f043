package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The fault that this product exists for: callers whose way of errors does not give the connection back. */
class ErrorPathTest {

    private static final int CALLS = 10_000;
    private static final int AT_ONCE = 20;
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(20));

    private final TestPools pools = new TestPools("leasehold { userdata-pool { size = 5, max-overflow = 0 } }");

    @AfterEach
    void stop() throws Exception {
        pools.close();
    }

    /** Gives nothing back by itself: neither the statement nor the connection, whatever becomes of it. */
    private static boolean careless(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        return connection.createStatement().execute("SELECT nothing FROM nowhere");
    }

    @Test
    @Tag("long")
    @Tag("row1")
    void fiveCallsEmptyABarePoolAndTenThousandDoNotEmptyOurs() throws Exception {
        HikariConfig bare = new HikariConfig();
        bare.setJdbcUrl(pools.database.url());
        bare.setUsername(pools.database.user());
        bare.setPassword(pools.database.password());
        bare.setMaximumPoolSize(5);
        bare.setConnectionTimeout(250);
        try (HikariDataSource source = new HikariDataSource(bare)) {
            for (int call = 0; call < 5; call++) {
                assertThatThrownBy(() -> careless(source.getConnection()))
                        .isInstanceOf(SQLException.class)
                        .isNotInstanceOf(SQLTransientConnectionException.class);
            }
            assertThatThrownBy(source::getConnection).isInstanceOf(SQLTransientConnectionException.class);
        }

        AtomicInteger failedAsTheyMust = new AtomicInteger();
        Semaphore room = new Semaphore(AT_ONCE);
        for (int call = 0; call < CALLS; call++) {
            room.acquire();
            assertThat(pools.revoked).as("leases that had to be taken back").isEmpty();
            pools.pools
                    .leases()
                    .run(PoolName.USERDATA, LeaseClass.TASK, TestPools.HOLDER, HOLD, ErrorPathTest::careless)
                    .whenComplete((answer, failure) -> {
                        if (failure != null
                                && String.valueOf(failure.getMessage()).contains("nowhere")) {
                            failedAsTheyMust.incrementAndGet();
                        }
                        room.release();
                    });
        }
        room.acquire(AT_ONCE);

        assertThat(failedAsTheyMust).hasValue(CALLS);
        await().until(() -> pools.status().checkedOut() == 0);
        PoolStatus status = pools.status();
        assertThat(status.ended()).isEqualTo(status.granted()).isEqualTo(CALLS);
        assertThat(pools.revoked).isEmpty();
    }
}
