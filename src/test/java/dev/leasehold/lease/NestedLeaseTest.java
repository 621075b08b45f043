package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.TestProbe;
import dev.leasehold.lease.LeaseEvent.Denied;
import dev.leasehold.lease.LeaseEvent.Granted;
import dev.leasehold.lease.ledger.Denial;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Work that has a lease and wants another one. */
class NestedLeaseTest {

    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Hold HOLD = Hold.atMost(LONG);

    /** With times so long that no tick can help. */
    private final TestPools pools = new TestPools("""
            leasehold.pool { offer = 60s, leak-in-transaction = 60s, leak-outside = 60s }
            leasehold.userdata-pool { size = 1, max-overflow = 0 }
            leasehold.platform-pool { size = 2, max-overflow = 0, reserved = 0 }
            """);

    @BeforeEach
    void start() throws Exception {
        pools.database.execute("CREATE TABLE note (text text)");
    }

    @AfterEach
    void stop() throws Exception {
        pools.close();
    }

    private static boolean note(Connection connection, String text) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.execute("INSERT INTO note VALUES ('" + text + "')");
        }
    }

    private <T> T join(SqlWork<T> work) throws Exception {
        return TestPools.get(
                pools.pools.leases().joinTransaction(PoolName.USERDATA, LeaseClass.TASK, TestPools.HOLDER, HOLD, work));
    }

    private List<String> notes() throws SQLException {
        List<String> notes = new ArrayList<>();
        try (Connection connection = pools.database.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT text FROM note ORDER BY text")) {
            while (rows.next()) {
                notes.add(rows.getString(1));
            }
        }
        return notes;
    }

    @Test
    @Tag("H24")
    @Tag("row5")
    void joinsTheTransactionItIsCalledInUnderASavepoint() throws Exception {
        TestPools.get(pools.pools
                .leases()
                .inTransaction(PoolName.USERDATA, LeaseClass.TASK, TestPools.HOLDER, HOLD, connection -> {
                    note(connection, "outer");
                    join(inner -> note(inner, "joined"));
                    assertThatThrownBy(() -> join(inner -> {
                                note(inner, "thrown away");
                                return note(inner, "it's a syntax error");
                            }))
                            .isInstanceOf(SQLException.class);
                    assertThatThrownBy(() -> join(inner -> {
                                inner.commit();
                                return true;
                            }))
                            .hasMessageContaining("the transaction belongs to the one who leased");
                    assertThat(notes()).isEmpty();
                    return note(connection, "outer again");
                }));

        assertThat(notes()).containsExactly("joined", "outer", "outer again");
        assertThat(pools.status().granted()).isEqualTo(1);
    }

    @Test
    @Tag("H24")
    void isATransactionOfItsOwnWhereTheOuterWorkIsInNone() throws Exception {
        pools.run(connection -> {
            join(inner -> note(inner, "joined"));
            assertThat(notes()).containsExactly("joined");
            assertThatThrownBy(() -> join(inner -> {
                        note(inner, "thrown away");
                        throw new IllegalStateException("no");
                    }))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(connection.getAutoCommit()).isTrue();
            return note(connection, "outer");
        });

        assertThat(notes()).containsExactly("joined", "outer");
        assertThat(pools.status().granted()).isEqualTo(1);
    }

    @Test
    @Tag("H24")
    void leasesWhereThereIsNothingToJoin() throws Exception {
        join(connection -> note(connection, "alone"));
        // A lease of the other pool is none to join.
        TestPools.get(pools.pools
                .leases()
                .run(
                        PoolName.PLATFORM,
                        LeaseClass.TASK,
                        TestPools.HOLDER,
                        HOLD,
                        outer -> join(connection -> note(connection, "beside"))));

        assertThat(notes()).containsExactly("alone", "beside");
        await().until(() -> pools.status().ended() == 2);
    }

    private Lease hold(TestProbe<LeaseEvent> owner, PoolName pool, String scope) {
        ask(owner, pool, scope);
        Lease lease = owner.expectMessageClass(Granted.class, LONG).lease();
        lease.claim();
        return lease;
    }

    private long ask(TestProbe<LeaseEvent> owner, PoolName pool, String scope) {
        return pools.acquire(pool, owner.getRef(), owner.getRef(), 0, LONG, scope, LONG);
    }

    @Test
    @Tag("H24")
    @Tag("P13")
    void theYoungestGivesWayAtOnceWhenAllHoldersWaitForEachOther() {
        TestProbe<LeaseEvent> first = pools.owner();
        TestProbe<LeaseEvent> second = pools.owner();
        TestProbe<LeaseEvent> third = pools.owner();
        Lease one = hold(first, PoolName.PLATFORM, "one");
        Lease two = hold(second, PoolName.PLATFORM, "two");
        Lease three = hold(third, PoolName.USERDATA, "three");

        ask(first, PoolName.USERDATA, "one");
        ask(third, PoolName.PLATFORM, "three");
        await().until(() -> pools.status(PoolName.PLATFORM).waiting() == 1
                && pools.status(PoolName.USERDATA).waiting() == 1);
        first.expectNoMessage(Duration.ofMillis(100)); // the second one may still release
        third.expectNoMessage(Duration.ofMillis(10));
        long last = ask(second, PoolName.USERDATA, "two");

        Denied denied = second.expectMessageClass(Denied.class);
        assertThat(denied.requestId()).isEqualTo(last);
        assertThat(denied.reason()).isEqualTo(Denial.STANDOFF);
        assertThat(denied.toException().kind()).isEqualTo(LeaseException.Kind.REFUSED);
        two.release(); // having given way
        Lease next = third.expectMessageClass(Granted.class, LONG).lease();
        next.release();
        three.release();
        first.expectMessageClass(Granted.class, LONG).lease().release();
        one.release();
    }

    @Test
    @Tag("H24")
    void theYoungestGivesWayInWhicheverPoolItWaits() {
        TestProbe<LeaseEvent> first = pools.owner();
        TestProbe<LeaseEvent> second = pools.owner();
        TestProbe<LeaseEvent> third = pools.owner();
        hold(first, PoolName.PLATFORM, "one");
        hold(second, PoolName.PLATFORM, "two");
        hold(third, PoolName.USERDATA, "three");
        ask(first, PoolName.USERDATA, "one");
        ask(second, PoolName.USERDATA, "two");
        await().until(() -> pools.status(PoolName.USERDATA).waiting() == 2);

        ask(third, PoolName.PLATFORM, "three");

        assertThat(third.expectMessageClass(Denied.class).reason()).isEqualTo(Denial.STANDOFF);
        assertThat(pools.status(PoolName.USERDATA).waiting()).isEqualTo(2);
    }
}
