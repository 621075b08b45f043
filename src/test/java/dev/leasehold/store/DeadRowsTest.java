package dev.leasehold.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is read of tables whose rows come and go, while somebody holds a transaction open and none of them is cleared away. */
class DeadRowsTest {

    private static final int GONE = 60_000;

    private static final String FILL = """
            INSERT INTO leasehold.task_end (task_id, success) SELECT n, true FROM generate_series(1, 60000) AS n;
            INSERT INTO leasehold.outbox (subscription, lane, task_id, run_no, attempt, type, tenant, name, payload)
            SELECT 'ledger', n % 4, n, 1, 1, 't', 'default', 'done', '{}' FROM generate_series(1, 60000) AS n;
            """;

    private static final String REPLACE = """
            DELETE FROM leasehold.task_end;
            DELETE FROM leasehold.outbox;
            INSERT INTO leasehold.task_end (task_id, success) VALUES (1, true);
            INSERT INTO leasehold.outbox (subscription, lane, task_id, run_no, attempt, type, tenant, name, payload)
            VALUES ('ledger', 1, 1, 1, 1, 't', 'default', 'done', '{}');
            """;

    @Test
    void readsPastTheDeadRowsOfAllThatIsDone() throws Exception {
        StoreFixture store = new StoreFixture();
        String simply = store.database.url() + "?preferQueryMode=simple";
        try (Connection holder = store.connect();
                Statement held = holder.createStatement();
                Connection connection =
                        DriverManager.getConnection(simply, store.database.user(), store.database.password())) {
            store.database.execute(FILL);
            holder.setAutoCommit(false);
            held.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
            held.execute("SELECT count(*) FROM leasehold.lane");
            store.database.execute(REPLACE);

            List<Plans.Plan> behind = Plans.of(connection, work -> {
                assertThat(Dependencies.workOff(work, GONE - 1000).position()).isEqualTo(GONE + 1);
                assertThat(Outbox.next(work, StoreFixture.NODE, "ledger", GONE - 1000, 10))
                        .hasSize(1);
            });
            List<Plans.Plan> all = Plans.of(connection, work -> {
                Dependencies.workOff(work, 0);
                Outbox.next(work, StoreFixture.NODE, "ledger", 0, 10);
            });

            assertThat(pages(behind, "FROM leasehold.task_end")).isLessThan(pages(all, "FROM leasehold.task_end") / 4);
            assertThat(pages(behind, "FROM leasehold.outbox")).isLessThan(pages(all, "FROM leasehold.outbox") / 4);
        }
    }

    @Test
    void readsNoMoreOfTheTasksThatAreDoneThanLiesBetweenTwoMarks() throws Exception {
        StoreFixture store = new StoreFixture();
        String simply = store.database.url() + "?preferQueryMode=simple";
        try (Connection holder = store.connect();
                Statement held = holder.createStatement();
                Connection connection =
                        DriverManager.getConnection(simply, store.database.user(), store.database.password())) {
            store.database.execute("""
                    INSERT INTO leasehold.task (id, lane, type, due_at)
                    SELECT n, 0, 't', timestamptz '2026-01-01Z' + n * interval '1 second' FROM generate_series(1, 60000) AS n
                    """);
            holder.setAutoCommit(false);
            held.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
            held.execute("SELECT count(*) FROM leasehold.lane");
            store.database.execute("DELETE FROM leasehold.task");
            LaneFence fence = StoreFixture.fences(connection).stream()
                    .filter(each -> each.lane() == 0)
                    .findFirst()
                    .orElseThrow();
            Instant from = Instant.parse("2026-01-01T00:00:00Z");
            DueTasks.Cursor all = new DueTasks.Cursor(fence, 2, null, Set.of(), from, 0, 200, 8000);
            DueTasks.Cursor piece = new DueTasks.Cursor(
                            fence, 2, null, Set.of(), from.plusSeconds(30_000), 0, 200, 8000)
                    .until(from.plusSeconds(30_500), Long.MAX_VALUE);

            List<Plans.Plan> between = Plans.of(connection, work -> assertNothing(work, piece));
            List<Plans.Plan> whole = Plans.of(connection, work -> assertNothing(work, all));

            assertThat(pages(between, "FROM leasehold.task d")).isLessThan(pages(whole, "FROM leasehold.task d") / 20);
        }
    }

    private static void assertNothing(Connection connection, DueTasks.Cursor cursor) throws SQLException {
        DueTasks.Read read = DueTasks.read(
                connection, StoreFixture.NODE, List.of(cursor), Set.of("t"), Set.of(), Set.of(), Set.of());
        assertThat(read.tasks()).isEmpty();
        assertThat(read.isCut()).isFalse();
    }

    private static long pages(List<Plans.Plan> plans, String of) {
        return plans.stream()
                .filter(plan ->
                        plan.kind().equals("for its values") && plan.sql().contains(of))
                .filter(plan -> plan.sql().stripLeading().matches("(?s)(SELECT|WITH asked).*"))
                .mapToLong(Plans.Plan::pagesTouched)
                .sum();
    }
}
