package dev.leasehold.type.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Outcome.Kind;
import dev.leasehold.task.Reason;
import dev.leasehold.testing.JdbcTaskContext;
import dev.leasehold.testing.TestPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class DemoTypesTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static TestPostgres.Database database;

    @BeforeAll
    static void makeDatabase() {
        database = TestPostgres.freshDatabase();
    }

    @Test
    void failsAsOftenAsToldThenSucceeds() throws Exception {
        DemoFail.Payload twice = JSON.readValue("{\"times\":2}", DemoFail.Payload.class);

        assertThat(new DemoFail()
                        .run(twice, new JdbcTaskContext(database, 1, 1))
                        .reason())
                .isEqualTo(Reason.UNKNOWN);
        assertThat(new DemoFail()
                        .run(twice, new JdbcTaskContext(database, 1, 2))
                        .kind())
                .isEqualTo(Kind.FAILED);
        assertThat(new DemoFail()
                        .run(twice, new JdbcTaskContext(database, 1, 3))
                        .kind())
                .isEqualTo(Kind.SUCCESS);
    }

    @Test
    void defaultsStandWhereNothingIsSaid() throws Exception {
        assertThat(JSON.readValue("{}", DemoFail.Payload.class).times()).isEqualTo(1);
        assertThat(JSON.readValue("{}", DemoSleep.Payload.class).millis()).isEqualTo(1000);
        assertThat(JSON.readValue("{}", DemoLeak.Payload.class)).isEqualTo(new DemoLeak.Payload(2000L, 60_000L));
        assertThat(JSON.readValue("{\"lease_millis\":5,\"hold_millis\":7}", DemoLeak.Payload.class))
                .isEqualTo(new DemoLeak.Payload(5L, 7L));
    }

    @Test
    void refusesWrongPayloads() {
        assertThatThrownBy(() -> new DemoSleep.Payload(-1L)).hasMessageContaining("millis");
        assertThatThrownBy(() -> new DemoFail.Payload(-1)).hasMessageContaining("times");
        assertThatThrownBy(() -> new DemoLeak.Payload(0L, 1L)).hasMessageContaining("lease_millis");
        assertThatThrownBy(() -> new DemoLeak.Payload(1L, -1L)).hasMessageContaining("hold_millis");
    }

    @Test
    void leaksIdleInTransactionUntilInterrupted() throws Exception {
        CompletableFuture<Outcome> ended = new CompletableFuture<>();
        Thread run = new Thread(() -> {
            try {
                ended.complete(
                        new DemoLeak().run(new DemoLeak.Payload(100L, 600_000L), new JdbcTaskContext(database, 1, 1)));
            } catch (Exception e) {
                ended.completeExceptionally(e);
            }
        });
        run.start();
        await().until(() -> idleInTransaction() == 1);

        run.interrupt();

        assertThatThrownBy(() -> ended.get(5, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(InterruptedException.class);
    }

    private static int idleInTransaction() throws Exception {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                + " AND state = 'idle in transaction'")) {
            found.next();
            return found.getInt(1);
        }
    }
}
