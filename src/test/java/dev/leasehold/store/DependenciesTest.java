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
                Dependencies.Freed freed = Dependencies.workOff(other);
                other.commit();
                return freed;
            });
            // It waits for the task's row, or is through.
            await().until(() -> worked.isDone() || waits());

            connection.rollback();

            worked.get(20, TimeUnit.SECONDS);
            Dependencies.workOff(other);
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
                Dependencies.Freed freed = Dependencies.workOff(other);
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

    private boolean waits() throws Exception {
        try (Connection third = store.connect()) {
            return StoreFixture.count(third, "SELECT count(*) FROM pg_locks WHERE NOT granted") > 0;
        }
    }
}
