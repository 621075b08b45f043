package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.TestProbe;
import dev.leasehold.testing.OwnPostgres;
import dev.leasehold.testing.TcpProxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A server that is killed, started again, or comes back as a standby, under pools that have it in use. */
@Tag("long")
class OutageTest {

    private static final Logger LOG = LoggerFactory.getLogger(OutageTest.class);

    private static final Duration LONG = Duration.ofSeconds(30);
    /** The opener's longest wait and a connect, on a loaded machine. */
    private static final long BACK_WITHIN_MILLIS = 8_000;

    private static final long TIMEOUT_MILLIS = 8_000;
    private static final int THREADS = 8;

    private final OwnPostgres server = OwnPostgres.shared();
    private final TcpProxy proxy = new TcpProxy(server.port());
    private final TestPools pools = new TestPools(
            "leasehold { pool { connect-timeout = 2s, leak-outside = 2m }, userdata-pool { size = 3, max-overflow = 2, timeout = "
                    + TIMEOUT_MILLIS + "ms } }",
            url -> url.replace(":" + server.port() + "/", ":" + proxy.port() + "/"),
            TestPools.Ground.of(server));

    @AfterEach
    void stop() throws Exception {
        pools.close();
        proxy.close();
    }

    private static String backend(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT pg_backend_pid() || ' ' || pg_postmaster_start_time() FROM pg_database LIMIT 1")) {
            row.next();
            return row.getString(1);
        }
    }

    private record Outcome(long began, long ended, Throwable failure) {
        boolean worked() {
            return failure instanceof Nothing;
        }
    }

    /** No failure. */
    private static final class Nothing extends Throwable {
        private static final long serialVersionUID = 1L;
    }

    private void work(AtomicBoolean over, Queue<Outcome> outcomes) {
        while (!over.get()) {
            long began = System.nanoTime();
            Throwable failure = new Nothing();
            try {
                pools.run(OutageTest::backend);
            } catch (Exception e) {
                failure = e;
            }
            outcomes.add(new Outcome(began, System.nanoTime(), failure));
        }
    }

    @Test
    @Tag("row16")
    @Tag("H29")
    @Tag("P16")
    void worksAgainSoonAfterTheServerWasKilledUnderLoad() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
        List<CompletableFuture<Object>> threads = new ArrayList<>();
        for (int no = 0; no < THREADS; no++) {
            threads.add(TestPools.onOwnThread(() -> {
                work(over, outcomes);
                return true;
            }));
        }
        await().until(() -> outcomes.stream().filter(Outcome::worked).count() > 100);

        server.stopNow();
        await().until(() -> outcomes.stream().anyMatch(outcome -> !outcome.worked()));
        server.startAgain();
        long up = System.nanoTime();

        await().atMost(LONG)
                .until(() -> outcomes.stream().anyMatch(outcome -> outcome.worked() && outcome.ended() - up > 0));
        over.set(true);
        threads.forEach(CompletableFuture::join);
        long back = outcomes.stream()
                .filter(outcome -> outcome.worked() && outcome.ended() - up > 0)
                .mapToLong(outcome -> (outcome.ended() - up) / 1_000_000)
                .min()
                .orElseThrow();
        LOG.info("first success {} ms after the server was back, {} calls", back, outcomes.size());
        assertThat(back).isLessThan(BACK_WITHIN_MILLIS);
        assertThat(outcomes).allSatisfy(outcome -> {
            long took = (outcome.ended() - outcome.began()) / 1_000_000;
            assertThat(took).isLessThan(TIMEOUT_MILLIS + 4_000);
            assertThat(outcome.failure()).isInstanceOfAny(Nothing.class, SQLException.class, LeaseException.class);
        });
    }

    @Test
    @Tag("row31")
    @Tag("H29")
    @Tag("P16")
    void grantsNothingOfBeforeTheRestartNeitherIdleNorHeld() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        List<Lease> before = new ArrayList<>();
        for (int no = 0; no < 4; no++) {
            before.add(pools.lease(owner, LONG));
        }
        before.subList(0, 3).forEach(Lease::release);
        await().until(() -> pools.status().checkedIn() == 3);
        Lease held = before.get(3);
        int generation = pools.status().generation();
        assertThat(generation).isPositive();
        assertThat(shownGeneration()).isEqualTo(generation);

        server.stopNow();
        server.startAgain();
        // Without a call on it nobody knows that the held one is dead; it comes back as if it had been used well.
        await().atMost(LONG)
                .until(() -> pools.status().checkedIn() == 0 && pools.status().cleaning() == 0);
        held.release();

        await().until(() -> pools.status().checkedOut() == 0);
        // The next life is counted when the server is met again, which may be a moment after the last one was seen to
        // be over.
        await().atMost(LONG).until(() -> pools.status().generation() > generation);
        assertThat(pools.status().generation()).isEqualTo(generation + 1);
        assertThat(shownGeneration()).isEqualTo(generation + 1);
        for (int no = 0; no < 6; no++) {
            Lease fresh = pools.lease(owner, LONG);
            assertThat(before).noneMatch(lease -> fresh.server().is(lease.server()));
            assertThat(fresh.run(OutageTest::backend))
                    .startsWith(Integer.toString(fresh.server().pid()));
        }
    }

    @Test
    @Tag("H29")
    @Tag("P16")
    void aConnectionOfTheNewServerDrivesOutThoseOfTheOldOneBeforeAnybodyMeetsThem() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        List<Lease> before = new ArrayList<>(List.of(pools.lease(owner, LONG), pools.lease(owner, LONG)));
        proxy.link(controlPort()).stall(true); // so that the control connection does not notice

        server.stopNow();
        server.startAgain();
        Lease fresh = pools.lease(owner, LONG);
        before.forEach(Lease::release); // untouched: as good as before, for all that is known

        await().until(() -> pools.status().checkedOut() == 1);
        Lease next = pools.lease(owner, LONG);
        assertThat(before).noneMatch(lease -> next.server().is(lease.server()));
        assertThat(next.server().generation()).isEqualTo(fresh.server().generation());
    }

    private int controlPort() throws Exception {
        return TestPools.get(pools.pools.control(PoolName.USERDATA).execute(LONG, connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT inet_client_port()")) {
                row.next();
                return row.getInt(1);
            }
        }));
    }

    @Test
    @Tag("H30")
    void waitsUntilTheServerWritesAgain() throws Exception {
        pools.database.execute("CREATE TABLE note (text text)");
        String first = pools.run(OutageTest::backend);
        assertThat(first).isNotEmpty();
        await().until(() -> pools.status().checkedIn() == 1);
        int generation = pools.status().generation();

        server.stopNow();
        server.startReadOnly();
        try {
            await().atMost(LONG).until(() -> pools.status().checkedIn() == 0);
            TestProbe<LeaseEvent> owner = pools.owner();
            pools.acquire(PoolName.USERDATA, owner.getRef(), owner.getRef(), 0, LONG, "", Duration.ofSeconds(60));
            await().atMost(LONG).until(() -> openFailures("25") > 0);
            assertThat(pools.status().waiting()).isEqualTo(1);
            assertThat(pools.status().checkedIn()).isZero();

            server.stopNow();
            server.startAgain();
            Lease lease =
                    owner.expectMessageClass(LeaseEvent.Granted.class, LONG).lease();

            Object written =
                    lease.run(connection -> connection.createStatement().execute("INSERT INTO note VALUES ('x')"));
            assertThat(written).isEqualTo(false);
            // The standby in between counts where the control connection met it, too.
            assertThat(pools.status().generation()).isBetween(generation + 1, generation + 2);
        } finally {
            server.stopNow();
            server.startAgain();
        }
    }

    private double shownGeneration() {
        return pools.registry
                .get("leasehold_pool_generation")
                .tag("pool", "userdata")
                .gauge()
                .value();
    }

    private double openFailures(String sqlStateClass) {
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
}
