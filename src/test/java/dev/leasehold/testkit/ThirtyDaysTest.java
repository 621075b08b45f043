package dev.leasehold.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.schedule.Cron;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskId;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.task.TaskType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A month of work in a minute: what a node uses at its end is what it used after some days. */
class ThirtyDaysTest {

    private static final int DAYS = 30;
    private static final int WARM_DAYS = 8;
    private static final int TASKS = 20;
    private static final int LOOKS_A_DAY = 4;
    private static final long HEAP_SLACK = 4 << 20;
    private static final int SLACK = 4;

    @RegisterExtension
    static final LeaseholdExtension LEASEHOLD = LeaseholdExtension.with(new Look());

    /** Works with a lease of each pool. */
    private static final class Look implements TaskHandler<Map<String, Object>> {

        @Override
        @SuppressWarnings({"unchecked", "rawtypes"})
        public TaskType<Map<String, Object>> type() {
            return (TaskType) TaskType.of("look", Map.class);
        }

        @Override
        public Outcome run(Map<String, Object> payload, TaskContext context) throws Exception {
            context.inTransaction(TaskContext.USERDATA, Duration.ofSeconds(10), ThirtyDaysTest::sessions);
            return context.transaction(connection -> {
                sessions(connection);
                return Outcome.success();
            });
        }
    }

    /** Backends of nodes on the server. */
    private static int sessions(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM pg_stat_activity"
                        + " WHERE backend_type = 'client backend' AND application_name LIKE 'leasehold%'")) {
            row.next();
            return row.getInt(1);
        }
    }

    private record Use(int connections, int threads, long files, long heap) {}

    private static Use use(TestNode node) {
        Runtime runtime = Runtime.getRuntime();
        long heap = Long.MAX_VALUE;
        for (int collections = 0; collections < 3; collections++) {
            runtime.gc();
            heap = Math.min(heap, runtime.totalMemory() - runtime.freeMemory());
        }
        return new Use(
                node.onDatabase(ThirtyDaysTest::sessions),
                ManagementFactory.getThreadMXBean().getThreadCount(),
                openFiles(),
                heap);
    }

    /** None are counted where the system does not list them. */
    private static long openFiles() {
        Path folder = Path.of("/proc/self/fd");
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        try (Stream<Path> open = Files.list(folder)) {
            return open.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @Tag("long")
    @Tag("row53")
    void usesNoMoreAfterThirtyDaysThanAfterAFew(TestNode node) {
        List<TaskId> tasks = new ArrayList<>();
        Instant begin = node.now();
        for (int no = 0; no < TASKS; no++) {
            tasks.add(node.create(TaskSpec.of("look", Map.of()).schedule(Cron.of(no + " */6 * * *", ZoneOffset.UTC))));
        }

        runDays(node, WARM_DAYS);
        Use before = use(node);
        assertThat(before.connections())
                .as("sessions of the node that can be seen")
                .isPositive();
        runDays(node, DAYS - WARM_DAYS);

        await().untilAsserted(() -> {
            Use after = use(node);
            assertThat(after.connections()).isLessThanOrEqualTo(before.connections() + SLACK);
            assertThat(after.threads()).isLessThanOrEqualTo(before.threads() + SLACK);
            assertThat(after.files()).isLessThanOrEqualTo(before.files() + SLACK);
            assertThat(after.heap()).isLessThanOrEqualTo(before.heap() + before.heap() / 20 + HEAP_SLACK);
        });
        for (TaskId task : tasks) {
            assertThat(node.outcomes(task))
                    .as("one run a planned time, all in order, none lost")
                    .hasSizeBetween(DAYS * LOOKS_A_DAY - 1, DAYS * LOOKS_A_DAY + 1)
                    .allSatisfy(run -> assertThat(run.outcome()).isEqualTo("success"))
                    .extracting(TestNode.Run::dueAt)
                    .isSorted()
                    .doesNotHaveDuplicates()
                    .allSatisfy(due -> assertThat(due).isAfter(begin));
        }
    }

    private static void runDays(TestNode node, int days) {
        for (int looks = 0; looks < days * LOOKS_A_DAY; looks++) {
            node.jump(Duration.ofHours(24 / LOOKS_A_DAY));
            node.runDue();
        }
    }
}
