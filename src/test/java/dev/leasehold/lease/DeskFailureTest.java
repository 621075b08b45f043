package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.leasehold.lease.ledger.Epoch;
import dev.leasehold.lease.ledger.Fence;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.SQLException;
import java.time.Clock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A desk alone, whose guardian does not come: what holds between a failed step and the guardian's next message. */
class DeskFailureTest {

    private final ActorTestKit kit = ActorTestKit.create();
    private final TestProbe<PoolGuardian.Command> guardian = kit.createTestProbe(PoolGuardian.Command.class);
    private final PoolEstate estate = estate();
    private final Desk desk = new Desk(estate, guardian.getRef());

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    private static PoolEstate estate() {
        Config config = ConfigFactory.load();
        LeaseSettings lease = LeaseSettings.from(config);
        Epoch epoch = new Epoch();
        DatabaseAddress nowhere = new DatabaseAddress("jdbc:postgresql://127.0.0.1:1/none", "nobody", "nothing");
        ServerAddress address = new ServerAddress(nowhere, lease, PoolName.USERDATA, "desk", epoch);
        return new PoolEstate(
                PoolSettings.from(config, PoolName.USERDATA),
                lease,
                "desk",
                Ticker.SYSTEM,
                Clock.systemUTC(),
                epoch,
                new PoolControl(address, PoolName.USERDATA, Ticker.SYSTEM),
                new NoSource(),
                new PoolMetrics(new SimpleMeterRegistry(), PoolName.USERDATA),
                Runnable::run,
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

    private static final class Broken implements Desk.Clerk {
        @Override
        public void acquire(PoolGuardian.Acquire acquire) {
            throw new AssertionError("nobody asks");
        }

        @Override
        public void release(long leaseId) {
            throw new IllegalStateException("no step can be made");
        }

        @Override
        public void refuse(PoolGuardian.Acquire acquire) {
            throw new AssertionError("nobody asks");
        }
    }

    @Test
    @Tag("H19")
    @Tag("P12")
    void closesAllLeasesAtOnceAndMakesNoFurtherStep() {
        long now = Ticker.SYSTEM.nanos();
        Fence lease = new Fence(estate.epoch(), now, now + 60_000_000_000L);
        assertThat(lease.isOpen(now)).isTrue();
        desk.open(new Broken());

        assertThat(desk.release(1)).isTrue();

        assertThat(lease.isOpen(now)).isFalse();
        assertThat(lease.enter(now)).isFalse();
        assertThat(desk.release(2)).isFalse();
        guardian.expectMessageClass(GuardianNews.Tick.class); // so that it finds out
    }
}
