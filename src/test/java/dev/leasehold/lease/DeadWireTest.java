package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.TestProbe;
import dev.leasehold.lease.LeaseEvent.LeaseEnded;
import dev.leasehold.testing.OwnPostgres;
import dev.leasehold.testing.ProxyLink;
import dev.leasehold.testing.TcpProxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Wires that go dead and backends that stand still, with TLS to the server. */
@Tag("long")
class DeadWireTest {

    private static final Duration LONG = Duration.ofSeconds(25);
    private static final Duration HOLD = Duration.ofMillis(800);
    /** More than all buffers between here and the server. */
    private static final int BIG = 32_000_000;

    private final OwnPostgres server = OwnPostgres.shared();
    private final TcpProxy proxy = new TcpProxy(server.port());
    private final TestPools pools = new TestPools(
            "leasehold { pool { cancel-timeout = 1s, server-grace = 60s }, userdata-pool { size = 1, max-overflow = 2 } }",
            url -> url.replace(":" + server.port() + "/", ":" + proxy.port() + "/") + "?sslmode=require",
            TestPools.Ground.of(server));

    @AfterEach
    void stop() throws Exception {
        proxy.blackHole(false);
        proxy.stall(false);
        pools.close();
        proxy.close();
    }

    private ProxyLink link(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT inet_client_port()")) {
            row.next();
            return proxy.link(row.getInt(1));
        }
    }

    private double counted(String name) {
        return pools.registry.get(name).tag("pool", "userdata").counter().count();
    }

    @Test
    @Tag("H12")
    @Tag("P3")
    void freesAnOwnerWhoIsStuckInAWriteOverTls() {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease lease = pools.lease(owner, HOLD.multipliedBy(2));

        CompletableFuture<Object> work = TestPools.onOwnThread(() -> lease.run(connection -> {
            link(connection).stallAfter(BIG / 32);
            try (PreparedStatement statement = connection.prepareStatement("SELECT length(?)")) {
                statement.setBytes(1, new byte[BIG]);
                return statement.execute();
            }
        }));

        TestPools.expectRevoked(owner);
        assertThat(work).failsWithin(Duration.ofSeconds(5));
        await().until(() -> !pools.revoked.isEmpty());
        assertThat(pools.revoked.get(0).holderStack()).contains("SSLSocketOutputRecord");
        assertThat(owner.expectMessageClass(LeaseEnded.class, LONG).leaseId()).isEqualTo(lease.id());
        assertThat(counted("leasehold_lease_aborts_stuck")).isZero();
        await().until(() -> pools.pools.zombies() == 0);
    }

    @Test
    @Tag("H11")
    @Tag("H12")
    void takesALeaseBackWhoseCancelNeverArrives() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease lease = pools.lease(owner, HOLD);
        int pid = lease.server().pid();
        proxy.blackHole(true);

        // Nor does the server find out by itself: only the control connection is left.
        CompletableFuture<Object> work = TestPools.onOwnThread(() -> lease.run(connection -> connection
                .createStatement()
                .execute("SET statement_timeout = 0; SET client_connection_check_interval = 0; SELECT pg_sleep(60)")));

        TestPools.expectRevoked(owner);
        owner.expectMessageClass(LeaseEnded.class, LONG);
        assertThat(pools.isStanding(pid)).isFalse();
        assertThat(work).failsWithin(LONG);
    }

    @Test
    @Tag("H11")
    @Tag("H13")
    @Tag("P1")
    @Tag("P5")
    void givesNoPermitBackWhileTheBackendStands() {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease lease = pools.lease(owner, HOLD);
        int pid = lease.server().pid();
        OwnPostgres.signal("STOP", pid);
        try {
            TestPools.expectRevoked(owner);
            pools.lease(owner, LONG);
            pools.lease(owner, LONG);

            pools.acquire(owner, LONG);
            await().until(() -> counted("leasehold_lease_terminates") == 1);
            assertThat(pools.status().retiring()).isEqualTo(1);
            assertThat(pools.status().waiting()).isEqualTo(1);
            assertThat(pools.pooledBackends()).isEqualTo(3);
        } finally {
            OwnPostgres.signal("CONT", pid);
        }

        assertThat(TestPools.expect(owner, LeaseEvent.Granted.class).lease().claim())
                .isTrue();
        assertThat(pools.pooledBackends()).isEqualTo(3);
    }

    @Test
    @Tag("H22")
    @Tag("P15")
    void theGuardianAnswersWhileEverythingAroundItHangs() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease held = pools.lease(owner, Duration.ofSeconds(2));
        proxy.blackHole(true);
        proxy.stall(true);
        CompletableFuture<Object> work = TestPools.onOwnThread(
                () -> held.run(connection -> connection.createStatement().execute("SELECT 1")));
        pools.acquire(owner, LONG);

        for (int no = 0; no < 50; no++) {
            PoolStatus status = pools.status();
            assertThat(status.checkedOut() + status.retiring() + status.opening())
                    .isPositive();
        }
        // The lease ends without an answer from anywhere.
        TestPools.expectRevoked(owner);
        assertThat(work).failsWithin(LONG);
        assertThat(pools.status().retiring()).isEqualTo(1);
    }

    @Test
    @Tag("H43")
    void keepsAConnectionThatCameTooLateForWhoAsked() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        TestPools.get(pools.pools.ready(PoolName.USERDATA, LONG));
        proxy.delay(Duration.ofMillis(100));
        long request = pools.acquire(owner, LONG);
        await().until(() -> pools.status().opening() == 1);

        pools.pools.guardian(PoolName.USERDATA).tell(new PoolGuardian.CancelAcquire(request));
        proxy.delay(Duration.ZERO);

        await().atMost(LONG).until(() -> pools.status().checkedIn() == 1);
        pools.lease(owner, LONG).release();
        assertThat(pools.status().created()).isEqualTo(1);
    }

    @Test
    @Tag("H41")
    void anOrdinaryLeaseIsArmedWithoutATrip() throws Exception {
        TestPools plain = new TestPools(
                "leasehold.userdata-pool { size = 1, max-overflow = 0 }",
                url -> url.replace(":" + server.port() + "/", ":" + proxy.port() + "/") + "?sslmode=disable",
                TestPools.Ground.of(server));
        try {
            ProxyLink link = plain.run(this::link);
            TestProbe<LeaseEvent> owner = plain.owner();

            assertThat(trips(plain.lease(owner, Duration.ofSeconds(30)), link)).isEqualTo(1);
            assertThat(trips(plain.lease(owner, Duration.ofSeconds(9)), link)).isEqualTo(2);
        } finally {
            plain.close();
        }
    }

    private static int trips(Lease lease, ProxyLink link) throws Exception {
        return lease.run(connection -> {
            int before = link.pieces();
            connection.createStatement().execute("SELECT 1");
            return link.pieces() - before;
        });
    }

    @Test
    @Tag("H14")
    @Tag("P6")
    void aCommitWhoseAnswerIsLostIsUnknownAndMayBeThere() throws Exception {
        pools.database.execute("CREATE TABLE note (text text)");
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease lease = pools.lease(owner, LONG);

        assertThatThrownBy(() -> lease.inTransaction(connection -> {
                    connection.createStatement().execute("INSERT INTO note VALUES ('kept')");
                    link(connection).dropNextAnswer();
                    return true;
                }))
                .isInstanceOf(AmbiguousCommitException.class);

        int kept = pools.run(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT count(*) FROM note")) {
                row.next();
                return row.getInt(1);
            }
        });
        assertThat(kept).isEqualTo(1);
    }
}
