package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import dev.leasehold.lease.ledger.Epoch;
import dev.leasehold.testing.TestPostgres;
import dev.leasehold.testing.TestPostgres.Database;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A control connection alone. */
class ControlConnectionTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    private final Database database = TestPostgres.freshDatabase();
    private final PoolControl control = new PoolControl(
            new ServerAddress(
                    new DatabaseAddress(database.url(), database.user(), database.password()),
                    LeaseSettings.from(ConfigFactory.load()),
                    PoolName.PLATFORM,
                    "control",
                    new Epoch()),
            PoolName.PLATFORM,
            Ticker.SYSTEM);

    @AfterEach
    void stop() {
        control.close();
    }

    @Test
    void runsAHookThatComesWhileTheConnectionIsBeingMade() throws Exception {
        CountDownLatch ran = new CountDownLatch(1);
        control.onConnected(connection -> {
            control.onConnected(late -> {
                ran.countDown();
                return true;
            });
            return true;
        });

        control.start(facts -> {});

        assertThat(ran.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void hearsAChannelThatIsAskedForWhileTheConnectionIsBeingMade() throws Exception {
        List<String> heard = new CopyOnWriteArrayList<>();
        control.onConnected(connection -> {
            control.listen("late", heard::add);
            return true;
        });

        control.start(facts -> {});
        control.firstFacts().get(LONG.toSeconds(), TimeUnit.SECONDS);

        await().atMost(LONG).until(() -> {
            database.execute("SELECT pg_notify('late', 'hello')");
            return heard.contains("hello");
        });
    }

    /** Its thread may still be at work then: nobody would come to work that is taken in. */
    @Test
    void failsWorkThatComesAfterItsCloseAtOnce() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        CountDownLatch enough = new CountDownLatch(1);
        control.start(facts -> {});
        control.firstFacts().get(LONG.toSeconds(), TimeUnit.SECONDS);
        CompletableFuture<Boolean> busy = control.execute(LONG, connection -> {
                    begun.countDown();
                    try {
                        return enough.await(LONG.toSeconds(), TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                        interrupted.countDown(); // by close
                        return enough.await(LONG.toSeconds(), TimeUnit.SECONDS);
                    }
                })
                .toCompletableFuture();
        assertThat(begun.await(LONG.toSeconds(), TimeUnit.SECONDS))
                .isTrue(); // else it is failed before anybody is inside
        Thread closer = new Thread(control::close);
        closer.start();
        assertThat(interrupted.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();

        CompletableFuture<Boolean> late =
                control.execute(LONG, connection -> true).toCompletableFuture();

        assertThat(late)
                .isCompletedExceptionally()
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .havingCause()
                .isInstanceOfSatisfying(
                        LeaseException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(LeaseException.Kind.STOPPING));
        enough.countDown();
        closer.join();
        assertThat(busy).succeedsWithin(LONG);
    }
}
