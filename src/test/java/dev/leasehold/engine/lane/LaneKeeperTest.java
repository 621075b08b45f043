package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import dev.leasehold.lease.ControlConnection;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.SqlWork;
import dev.leasehold.lease.Ticker;
import dev.leasehold.store.LaneFence;
import dev.leasehold.store.Lanes;
import dev.leasehold.store.Migrations;
import dev.leasehold.testing.DirectLeases;
import dev.leasehold.testing.TestPostgres;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LaneKeeperTest {

    private final ActorTestKit kit = ActorTestKit.create();
    private final TestPostgres.Database database = TestPostgres.freshDatabase();

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    /** Does the work at once, but answers when the test says so. */
    private final class SlowControl implements ControlConnection {

        private final Queue<Runnable> answers = new ConcurrentLinkedQueue<>();

        @Override
        public <T> CompletionStage<T> execute(Duration limit, SqlWork<T> work) {
            CompletableFuture<T> answer = new CompletableFuture<>();
            try (Connection connection = database.connect()) {
                T result = work.apply(connection);
                answers.add(() -> answer.complete(result));
            } catch (Exception e) {
                answers.add(() -> answer.completeExceptionally(e));
            }
            return answer;
        }

        @Override
        public void listen(String channel, Consumer<String> listener) {}

        @Override
        public void onConnected(SqlWork<?> hook) {
            try (Connection connection = database.connect()) {
                hook.apply(connection);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public boolean isHealthy() {
            return true;
        }

        void answerNext() {
            await().until(() -> !answers.isEmpty());
            answers.remove().run();
        }
    }

    /** Grants one lease for each permit of the test, off the asking thread. */
    private final class MeteredLeases implements Leases {

        private final Semaphore permits = new Semaphore(0);
        private final DirectLeases direct = new DirectLeases(database);

        /** One that waits for ever must not hold a thread of the common pool. */
        private static void onOwnThread(Runnable work) {
            Thread thread = new Thread(work, "metered-lease");
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public <T> CompletionStage<T> run(PoolName pool, LeaseClass of, Holder holder, Hold hold, SqlWork<T> work) {
            return direct.run(pool, of, holder, hold, work);
        }

        @Override
        public <T> CompletionStage<T> inTransaction(
                PoolName pool, LeaseClass of, Holder holder, Hold hold, SqlWork<T> work) {
            return CompletableFuture.runAsync(permits::acquireUninterruptibly, MeteredLeases::onOwnThread)
                    .thenCompose(granted -> direct.inTransaction(pool, of, holder, hold, work));
        }
    }

    private static final class Notes implements LaneListener {
        @Override
        public void seen(List<Lanes.Lane> lanes) {}

        private final List<LaneFence> owned = new CopyOnWriteArrayList<>();
        private final List<LaneFence> lost = new CopyOnWriteArrayList<>();

        @Override
        public void owned(LaneFence fence, @Nullable Instant cautiousUntil) {
            owned.add(fence);
        }

        @Override
        public void lost(LaneFence fence) {
            lost.add(fence);
        }

        @Override
        public void confirmed(long sentNanos) {}

        @Override
        public void settled(int lanes, boolean standby) {}

        @Override
        public void notified(int lane) {}
    }

    @Test
    void keepsALaneThatALookFromBeforeItsTakeOverDoesNotShow() {
        Migrations.migratePlatform(database.url(), database.user(), database.password());
        SlowControl control = new SlowControl();
        MeteredLeases leases = new MeteredLeases();
        Notes notes = new Notes();
        kit.spawn(LaneKeeper.create(
                new NodeSession.Identity("node-a", "a", "127.0.0.1", 7),
                control,
                leases,
                new LaneSettings(
                        3,
                        Duration.ofMillis(100),
                        Duration.ofSeconds(4),
                        Duration.ofSeconds(1),
                        Duration.ZERO,
                        Duration.ofSeconds(10)),
                new OwnedLanes(),
                notes,
                Ticker.SYSTEM));
        control.answerNext(); // three free lanes are seen
        leases.permits.release();
        await().until(() -> notes.owned.size() == 1);
        await().until(() -> !control.answers.isEmpty()); // a look that shows one lane as owned, held back
        leases.permits.release(2);
        await().until(() -> notes.owned.size() == 3);

        Queue<Runnable> late = new ArrayDeque<>(control.answers);
        control.answers.clear();
        late.forEach(Runnable::run);
        control.answerNext(); // the look after it: by now the late one has been dealt with

        assertThat(notes.lost).isEmpty();
    }
}
