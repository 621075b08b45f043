package dev.leasehold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What ends and what is cancelled at the same time. */
class DependenciesTest {

    private StoreFixture store;
    private Connection connection;
    private Connection other;
    private long need;
    private long waiting;

    @BeforeEach
    void open() throws Exception {
        store = new StoreFixture();
        connection = store.connect();
        other = store.connect();
        connection.setAutoCommit(false);
        other.setAutoCommit(false);
        need = StoreFixture.insert(connection, StoreFixture.keyed("t", "need"));
        waiting = StoreFixture.insert(
                connection, StoreFixture.keyed("t", "waiting").after(Set.of(need)));
        connection.commit();
        store.database.execute("INSERT INTO leasehold.task_end (task_id, success) VALUES (" + need + ", true)");
    }

    @AfterEach
    void close() throws Exception {
        connection.close();
        other.close();
    }

    @Test
    void isNotLostWhenItsCancellationIsTakenBackMeanwhile() throws Exception {
        TaskChanges.cancel(connection, waiting);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Dependencies.Freed> worked = thread.submit(() -> {
                Dependencies.Freed freed = Dependencies.workOff(other, 0);
                other.commit();
                return freed;
            });
            // It waits for the task's row, or is through.
            await().until(() -> worked.isDone() || waits());

            connection.rollback();

            worked.get(20, TimeUnit.SECONDS);
            Dependencies.workOff(other, 0);
            other.commit();
            assertThat(Tasks.get(connection, waiting).orElseThrow().state()).isEqualTo("active");
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void doesNotLockAgainstACancellation() throws Exception {
        // The cancellation has the task's row, and not yet what it waits for.
        StoreFixture.count(connection, "SELECT id FROM leasehold.task WHERE id = " + waiting + " FOR UPDATE");
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Dependencies.Freed> worked = thread.submit(() -> {
                Dependencies.Freed freed = Dependencies.workOff(other, 0);
                other.commit();
                return freed;
            });
            await().until(() -> worked.isDone() || waits());

            TaskChanges.cancel(connection, waiting);
            connection.commit();

            assertThat(worked.get(20, TimeUnit.SECONDS).freed()).isEmpty();
            assertThat(Tasks.get(connection, waiting).orElseThrow().state()).isEqualTo("cancelled");
            assertThat(StoreFixture.count(connection, "SELECT count(*) FROM leasehold.dependency"))
                    .isZero();
            assertThat(StoreFixture.count(connection, "SELECT count(*) FROM leasehold.task_end"))
                    .isZero();
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void waitsForItsOtherNeedsWhenItIsResumedAfterOneWasCancelled() throws Exception {
        long second = StoreFixture.insert(connection, StoreFixture.keyed("t", "second"));
        long join =
                StoreFixture.insert(connection, StoreFixture.keyed("t", "join").after(Set.of(need, second)));
        connection.commit();
        store.database.execute("DELETE FROM leasehold.task_end"); // the other one has not ended yet
        TaskChanges.cancel(connection, second);
        connection.commit();
        assertThat(stop(join)).isEqualTo("needs_intervention");

        assertThat(TaskChanges.resume(connection, join).orElseThrow().state()).isEqualTo("blocked");
        connection.commit();
        store.database.execute("INSERT INTO leasehold.task_end (task_id, success) VALUES (" + need + ", true)");
        Dependencies.workOff(connection, 0);

        assertThat(Tasks.get(connection, join).orElseThrow().state()).isEqualTo("active");
    }

    @Test
    void runsWithoutItsNeedsWhenAPersonSaysSo() throws Exception {
        long second = StoreFixture.insert(connection, StoreFixture.keyed("t", "second"));
        long third = StoreFixture.insert(connection, StoreFixture.keyed("t", "third"));
        long join =
                StoreFixture.insert(connection, StoreFixture.keyed("t", "join").after(Set.of(second, third)));
        TaskChanges.cancel(connection, second);
        connection.commit();
        assertThat(stop(join)).isEqualTo("needs_intervention");
        assertThat(Dependencies.open(connection, join)).containsExactly(third);

        assertThat(TaskChanges.runNow(connection, join).orElseThrow().state()).isEqualTo("active");

        assertThat(Dependencies.open(connection, join)).isEmpty();
    }

    @Test
    void forgetsWhatAStoppedTaskWaitedForWhenItIsCancelled() throws Exception {
        long second = StoreFixture.insert(connection, StoreFixture.keyed("t", "second"));
        long third = StoreFixture.insert(connection, StoreFixture.keyed("t", "third"));
        long join =
                StoreFixture.insert(connection, StoreFixture.keyed("t", "join").after(Set.of(second, third)));
        TaskChanges.cancel(connection, second);
        connection.commit();
        assertThat(stop(join)).isEqualTo("needs_intervention");

        TaskChanges.cancel(connection, join);

        assertThat(Dependencies.open(connection, join)).isEmpty();
    }

    private String stop(long join) throws Exception {
        Dependencies.workOff(connection, 0);
        connection.commit();
        return Tasks.get(connection, join).orElseThrow().state();
    }

    private boolean waits() throws Exception {
        try (Connection third = store.connect()) {
            return StoreFixture.count(third, "SELECT count(*) FROM pg_locks WHERE NOT granted") > 0;
        }
    }
}
