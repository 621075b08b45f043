package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.engine.TestHandlers.Gate;
import dev.leasehold.engine.TestHandlers.Nothing;
import dev.leasehold.engine.TestHandlers.Text;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskSpec;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How the success of a one-shot reaches the table, as a plain end or not. */
class EngineEndsTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Gate GATE = new Gate("gate");
    private static final BlockingQueue<Connection> LOCKS = new LinkedBlockingQueue<>();

    @SuppressWarnings("NullAway.Init")
    private static EngineFixture node;

    @BeforeAll
    static void start() {
        List<TaskHandler<?>> handlers = new ArrayList<>();
        handlers.add(GATE);
        handlers.add(TestHandlers.of("plain", Nothing.class, (payload, context) -> Outcome.success()));
        handlers.add(TestHandlers.of("moves", Nothing.class, EngineEndsTest::move));
        handlers.add(TestHandlers.of("locks", Nothing.class, EngineEndsTest::lock));
        node = EngineFixture.start("", handlers).awaitReady();
    }

    @AfterAll
    static void stop() {
        node.stop();
    }

    /** As a rewrite of the table does: the row lies elsewhere, and is the same. */
    private static Outcome move(Nothing payload, TaskContext context) {
        node.execute("UPDATE leasehold.task SET crashes = crashes WHERE id = " + context.taskId());
        return Outcome.success();
    }

    private static Outcome lock(Nothing payload, TaskContext context) throws SQLException {
        Connection foreign = node.database().connect();
        foreign.setAutoCommit(false);
        try (Statement statement = foreign.createStatement()) {
            statement.execute("SELECT FROM leasehold.task WHERE id = " + context.taskId() + " FOR UPDATE");
        }
        LOCKS.add(foreign);
        return Outcome.success();
    }

    @Test
    void writesTheEndOfARunWhoseRowLiesElsewhereNow() {
        long id = node.create(TaskSpec.of("moves", new Nothing()));

        await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(id)).hasSize(1));
        assertThat(node.task(id)).isEmpty();
    }

    @Test
    @Tag("B1")
    void writesTheEndsOfOthersWhileSomebodyHasARowLockedAndThatOneAfterwards() throws Exception {
        long locked = node.create(TaskSpec.of("locks", new Nothing()));
        Connection foreign = LOCKS.take();
        List<Long> others = new ArrayList<>();
        for (int no = 0; no < 100; no++) {
            others.add(node.create(TaskSpec.of("plain", new Nothing())));
        }

        await().atMost(LONG)
                .untilAsserted(() -> assertThat(others)
                        .allSatisfy(id -> assertThat(node.runs(id)).hasSize(1)));
        assertThat(node.runs(locked)).isEmpty();
        assertThat(node.registry().counter("leasehold_flush_row_locked").count())
                .isPositive();

        foreign.rollback();
        foreign.close();
        await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(locked)).hasSize(1));
        assertThat(node.task(locked)).isEmpty();
    }

    @Test
    void takesTheEntryOfALongRunOutOfTheLedgerWithItsEnd() throws Exception {
        long id = node.create(TaskSpec.of("gate", new Text("long")));
        GATE.awaitInside();
        String entries = "SELECT count(*) FROM leasehold.running WHERE task_id = " + id;
        await().atMost(LONG).until(() -> node.count(entries) == 1);

        GATE.letGo(Outcome.success());

        await().atMost(LONG).untilAsserted(() -> assertThat(node.runs(id)).hasSize(1));
        assertThat(node.count(entries)).isZero();
    }
}
