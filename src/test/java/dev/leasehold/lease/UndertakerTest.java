package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.leasehold.lease.ledger.Epoch;
import dev.leasehold.lease.ledger.Retirement;
import dev.leasehold.testing.TestPostgres;
import dev.leasehold.testing.TestPostgres.Database;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.core.BaseConnection;

/** An undertaker alone, with corpses made by the test. */
class UndertakerTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    private final ActorTestKit kit = ActorTestKit.create();
    private final Database database = TestPostgres.freshDatabase();
    private final PoolControl control = start();
    private final PoolEstate estate = estate();

    @BeforeEach
    void connect() throws Exception {
        control.firstFacts().get(LONG.toSeconds(), TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
        control.close();
    }

    private static LeaseSettings lease() {
        Config config = ConfigFactory.load();
        return LeaseSettings.from(config);
    }

    private PoolControl start() {
        DatabaseAddress address = new DatabaseAddress(database.url(), database.user(), database.password());
        ServerAddress server = new ServerAddress(address, lease(), PoolName.USERDATA, "undertaker", new Epoch());
        PoolControl made = new PoolControl(server, PoolName.USERDATA, Ticker.SYSTEM);
        made.start(facts -> {});
        return made;
    }

    private final PoolEstate estate() {
        return new PoolEstate(
                PoolSettings.from(ConfigFactory.load(), PoolName.USERDATA),
                lease(),
                "undertaker",
                Ticker.SYSTEM,
                Clock.systemUTC(),
                new Epoch(),
                control,
                new NoSource(),
                new PoolMetrics(new SimpleMeterRegistry(), PoolName.USERDATA),
                work -> new Thread(work).start(),
                record -> {});
    }

    /** Nobody opens anything here. */
    private static final class NoSource implements ConnectionSource {
        @Override
        public ServerConnection open(ServerFacts facts) throws SQLException {
            throw new SQLException("not in this test");
        }

        @Override
        public void forget(ServerConnection connection) {
            // There are no books.
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }

    private static String startedAt(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()")) {
            row.next();
            return row.getString(1);
        }
    }

    /** As a driver does whose lock a stuck owner holds. */
    private static BaseConnection whoseCloseWaitsFor(CountDownLatch enough) {
        return (BaseConnection) Proxy.newProxyInstance(
                UndertakerTest.class.getClassLoader(),
                new Class<?>[] {BaseConnection.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        enough.await(2 * LONG.toSeconds(), TimeUnit.SECONDS);
                    }
                    return null;
                });
    }

    @Test
    @Tag("H12")
    void seesABackendOffWhoseConnectionCannotBeClosedHere() throws Exception {
        TestProbe<PoolGuardian.Command> guardian = kit.createTestProbe(PoolGuardian.Command.class);
        CountDownLatch enough = new CountDownLatch(1);
        try (Connection stuck = database.connect()) {
            int pid = stuck.unwrap(BaseConnection.class).getBackendPID();
            ServerConnection corpse = new ServerConnection(
                    whoseCloseWaitsFor(enough), stuck, pid, startedAt(stuck), "", new SessionUse(), null, 0);
            ActorRef<Undertaker.Command> undertaker = kit.spawn(Undertaker.create(estate));

            undertaker.tell(new Undertaker.Bury(
                    new Corpse(corpse, 0, null, null, Retirement.UNFIT, System.nanoTime(), Instant.EPOCH),
                    guardian.getRef()));

            guardian.expectMessageClass(GuardianNews.Gone.class, LONG);
            assertThat(stuck.isValid(5)).isFalse();
        } finally {
            enough.countDown();
        }
    }

    @Test
    @Tag("H9")
    @Tag("P4")
    void takesNobodyElseForTheDeadBecauseOfItsPid() throws Exception {
        TestProbe<PoolGuardian.Command> guardian = kit.createTestProbe(PoolGuardian.Command.class);
        try (Connection neighbour = database.connect();
                Connection old = database.connect()) {
            int pid = neighbour.unwrap(BaseConnection.class).getBackendPID();
            // As if the neighbour had been given the pid of a backend that is gone.
            ServerConnection corpse = new ServerConnection(
                    old.unwrap(BaseConnection.class),
                    old,
                    pid,
                    "2001-01-01 00:00:00+00",
                    "",
                    new SessionUse(),
                    null,
                    0);
            long longAgo = System.nanoTime() - LONG.toNanos();
            ActorRef<Undertaker.Command> undertaker = kit.spawn(Undertaker.create(estate));

            undertaker.tell(new Undertaker.Bury(
                    new Corpse(corpse, 0, null, null, Retirement.UNFIT, longAgo, Instant.EPOCH), guardian.getRef()));

            guardian.expectMessageClass(GuardianNews.Gone.class, LONG);
            assertThat(neighbour.isValid(5)).isTrue();
        }
    }
}
