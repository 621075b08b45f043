package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.engine.TestHandlers.Nothing;
import dev.leasehold.lease.LeaseException;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskSpec;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A handler that holds a lease and calls something which wants one too. */
@Tag("H24")
class EngineJoinTest {

    private static final Duration TEN = Duration.ofSeconds(10);
    private static final AtomicReference<TestHandlers.Body<Nothing>> BODY = new AtomicReference<>();

    @SuppressWarnings("NullAway.Init")
    private static EngineFixture node;

    @BeforeAll
    static void start() {
        node = EngineFixture.start(
                        "",
                        List.of(TestHandlers.of(
                                "outer",
                                Nothing.class,
                                (nothing, context) ->
                                        Objects.requireNonNull(BODY.get()).run(nothing, context))))
                .awaitReady();
        node.execute("CREATE TABLE note (text text)");
    }

    @AfterAll
    static void stop() {
        node.stop();
    }

    private static String outcome(TestHandlers.Body<Nothing> body) {
        BODY.set(body);
        node.execute("TRUNCATE note");
        long id = node.create(TaskSpec.of("outer", new Nothing()));
        await().until(() -> !node.runs(id).isEmpty());
        return String.valueOf(node.runs(id).get(0).outcome());
    }

    private static boolean note(Connection connection, String text) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.execute("INSERT INTO note VALUES ('" + text + "')");
        }
    }

    private static boolean log(TaskContext context, String pool, String text, boolean fails) throws Exception {
        return context.joinTransaction(pool, TEN, connection -> {
            note(connection, text);
            if (fails) {
                throw new IllegalArgumentException("undone");
            }
            return true;
        });
    }

    private static String notes() {
        return node.text("SELECT coalesce(string_agg(text, ' ' ORDER BY text), '') FROM note")
                .orElseThrow();
    }

    @Test
    void joinsTheTransactionThatCompletesTheRunAndUndoesOnlyWhatFailed() {
        String outcome = outcome((nothing, context) -> context.transaction(TEN, connection -> {
            note(connection, "outer");
            log(context, TaskContext.PLATFORM, "joined", false);
            try {
                log(context, TaskContext.PLATFORM, "failed", true);
            } catch (IllegalArgumentException e) {
                note(connection, "after");
            }
            return Outcome.success();
        }));

        assertThat(outcome).isEqualTo("success");
        assertThat(notes()).isEqualTo("after joined outer");
    }

    @Test
    void losesWhatHasJoinedWhenTheOuterWorkFails() {
        String outcome = outcome((nothing, context) -> {
            try {
                return context.inTransaction(TaskContext.USERDATA, TEN, connection -> {
                    log(context, TaskContext.USERDATA, "joined", false);
                    // Of the other pool there is no lease to join.
                    log(context, TaskContext.PLATFORM, "apart", false);
                    throw new IllegalStateException("all of it");
                });
            } catch (IllegalStateException e) {
                return Outcome.success();
            }
        });

        assertThat(outcome).isEqualTo("success");
        assertThat(notes()).isEqualTo("apart");
    }

    @Test
    void takesALeaseOfItsOwnWhereThereIsNoneAndATransactionUnderALeaseInAutocommit() {
        String outcome = outcome((nothing, context) -> {
            log(context, TaskContext.USERDATA, "alone", false);
            return context.withConnection(TaskContext.USERDATA, TEN, connection -> {
                log(context, TaskContext.USERDATA, "joined", false);
                note(connection, "outer");
                return Outcome.success();
            });
        });

        assertThat(outcome).isEqualTo("success");
        assertThat(notes()).isEqualTo("alone joined outer");
    }

    @Test
    @Tag("row5")
    void refusesASecondLeaseAtOnceAndSaysThatJoiningHelps() {
        AtomicReference<LeaseException> refused = new AtomicReference<>();

        String outcome = outcome((nothing, context) -> context.inTransaction(TaskContext.USERDATA, TEN, connection -> {
            try {
                return context.inTransaction(
                        TaskContext.USERDATA, TEN, second -> Outcome.failed(Reason.CONFIG, "has two"));
            } catch (LeaseException e) {
                refused.set(e);
                return Outcome.success();
            }
        }));

        assertThat(outcome).isEqualTo("success");
        assertThat(refused.get())
                .extracting(failure -> Objects.requireNonNull(failure).kind())
                .isEqualTo(LeaseException.Kind.NESTED);
        assertThat(refused.get()).hasMessageContaining("joinTransaction");
    }
}
