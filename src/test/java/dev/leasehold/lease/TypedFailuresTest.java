package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorRefResolver;
import dev.leasehold.lease.ledger.Denial;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every way in which a lease is not granted, or fails, is told by a type, with the pool and the reason. */
class TypedFailuresTest {

    private static final Duration LONG = Duration.ofSeconds(25);

    private static final String SETTINGS = """
            leasehold { pool.queue-limit = 1, userdata-pool { size = 1, max-overflow = 1 } }
            akka { actor.provider = remote, remote.artery.canonical { hostname = 127.0.0.1, port = 0 } }
            """;

    private final TestPools pools = new TestPools(SETTINGS);

    @AfterEach
    void stop() throws Exception {
        pools.close();
    }

    private CompletionStage<Object> ask(Duration wait) {
        return pools.pools
                .leases()
                .run(
                        PoolName.USERDATA,
                        LeaseClass.TASK,
                        TestPools.HOLDER,
                        Hold.atMost(LONG).waitingAtMost(wait),
                        connection -> 1);
    }

    private static LeaseException.Kind kind(CompletionStage<?> stage) {
        Throwable failure = catchThrowable(() -> TestPools.get(stage));
        assertThat(failure).isInstanceOf(LeaseException.class).hasMessageContaining("userdata");
        return ((LeaseException) failure).kind();
    }

    @Test
    @Tag("row40")
    void everyDenialNamesItsPoolAndWhetherToTryAgain() {
        TestProbe<LeaseEvent> owner = pools.owner();
        List<Lease> all = new ArrayList<>(List.of(pools.lease(owner, LONG), pools.lease(owner, LONG)));

        assertThat(kind(ask(Duration.ofMillis(100)))).isEqualTo(LeaseException.Kind.TIMEOUT);
        CompletionStage<Object> waiting = ask(LONG);
        await().until(() -> pools.status().waiting() == 1);
        assertThat(kind(ask(LONG))).isEqualTo(LeaseException.Kind.REFUSED);
        pools.pools.drain();
        assertThat(kind(waiting)).isEqualTo(LeaseException.Kind.STOPPING);
        assertThat(kind(ask(LONG))).isEqualTo(LeaseException.Kind.STOPPING);
        all.forEach(Lease::release);
    }

    @Test
    @Tag("row40")
    void whatTheServerSaysKeepsItsSqlState() {
        Throwable failure = catchThrowable(
                () -> pools.run(connection -> connection.createStatement().execute("SELEC")));

        assertThat(failure)
                .isInstanceOfSatisfying(
                        SQLException.class, sql -> assertThat(sql.getSQLState()).isEqualTo("42601"));
        assertThat(SqlStates.worthRetrying(SqlStates.of(failure))).isFalse();
        Throwable lost = catchThrowable(() -> pools.run(
                connection -> connection.createStatement().execute("SELECT pg_terminate_backend(pg_backend_pid())")));
        assertThat(SqlStates.connectionLost(SqlStates.of(lost))).isTrue();
        assertThat(SqlStates.worthRetrying(SqlStates.of(lost))).isTrue();
    }

    @Test
    @Tag("row40")
    void aLeaseThatIsOverSaysSoForEver() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease lease = pools.lease(owner, LONG);
        lease.run(connection -> 1);

        Throwable failure = catchThrowable(() -> lease.run(connection -> 1));

        assertThat(failure)
                .isInstanceOfSatisfying(
                        LeaseException.class, over -> assertThat(over.kind()).isEqualTo(LeaseException.Kind.REVOKED));
    }

    @Test
    @Tag("H44")
    void refusesAnOwnerOnAnotherNode() {
        ActorRef<LeaseEvent> elsewhere =
                ActorRefResolver.get(pools.kit.system()).resolveActorRef("akka://elsewhere@127.0.0.1:25520/user/run-1");
        TestProbe<LeaseEvent> listener = pools.owner();

        pools.acquire(PoolName.USERDATA, elsewhere, listener.getRef(), 0, LONG, "", LONG);

        LeaseEvent.Denied denied = listener.expectMessageClass(LeaseEvent.Denied.class);
        assertThat(denied.reason()).isEqualTo(Denial.INVALID);
        assertThat(denied.message()).contains("does not leave its node");
        assertThat(pools.status().granted()).isZero();
    }
}
