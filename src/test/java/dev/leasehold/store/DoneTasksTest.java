package dev.leasehold.store;

import static dev.leasehold.store.StoreFixture.NODE;
import static dev.leasehold.store.StoreFixture.due;
import static dev.leasehold.store.StoreFixture.fences;
import static dev.leasehold.store.StoreFixture.insert;
import static dev.leasehold.store.StoreFixture.success;
import static dev.leasehold.store.StoreFixture.task;
import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the history tells of tasks that have left the table. */
class DoneTasksTest {

    private Connection connection;

    @BeforeEach
    void open() throws Exception {
        connection = new StoreFixture().connect();
    }

    @AfterEach
    void close() throws Exception {
        connection.close();
    }

    @Test
    @Tag("row55")
    void aTaskThatIsDoneIsShownAsItWas() throws Exception {
        long plain = insert(connection, task("t"));
        NewTask varied = new NewTask(
                "acme", "u", "k", "slow", 1, "ck", "{\"a\": 1}", "{\"kind\": \"once\"}", null, 5_000L, null);
        long other = insert(connection, varied);
        TaskRow plainBefore = Tasks.get(connection, plain).orElseThrow();
        TaskRow otherBefore = Tasks.get(connection, other).orElseThrow();

        Completions.flush(
                connection,
                NODE,
                fences(connection),
                due(connection).stream().map(StoreFixture::success).toList());

        assertThat(DoneTasks.get(connection, plain)).get().satisfies(done -> isAsBefore(done, plainBefore));
        assertThat(DoneTasks.get(connection, other)).get().satisfies(done -> isAsBefore(done, otherBefore));
    }

    @Test
    void aRunOfBeforeTheColumnsTellsOfItsTaskFromTheSnapshotAlone() throws Exception {
        long id = insert(connection, StoreFixture.keyed("t", "k"));
        TaskRow before = Tasks.get(connection, id).orElseThrow();
        Completions.flush(
                connection,
                NODE,
                fences(connection),
                List.of(success(due(connection).get(0))));
        try (Statement statement = connection.createStatement()) {
            statement.execute("""
                    UPDATE leasehold.run
                    SET snapshot = snapshot || jsonb_build_object('payload', payload, 'schedule', schedule,
                                                                  'created_at', created_at, 'version', closed_version),
                        closed_version = NULL, payload = NULL, schedule = NULL, created_at = NULL
                    """);
        }

        assertThat(DoneTasks.get(connection, id)).get().satisfies(done -> isAsBefore(done, before));
        assertThat(DoneTasks.list(connection, new Tasks.Filter(null, null, null, null, null, null, 5)))
                .hasSize(1);
    }

    private static void isAsBefore(TaskRow done, TaskRow before) {
        assertThat(done.state()).isEqualTo("done");
        assertThat(done.version()).isEqualTo(before.version() + 1);
        assertThat(done.createdAt()).isEqualTo(before.createdAt());
        assertThat(done.payload()).isEqualTo(before.payload());
        assertThat(done.schedule()).isEqualTo(before.schedule());
        assertThat(done.key()).isEqualTo(before.key());
        assertThat(done.queue()).isEqualTo(before.queue());
        assertThat(done.priority()).isEqualTo(before.priority());
        assertThat(done.concurrencyKey()).isEqualTo(before.concurrencyKey());
        assertThat(done.timeoutMillis()).isEqualTo(before.timeoutMillis());
        assertThat(done.retry()).isEqualTo(before.retry());
    }
}
