package dev.leasehold.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
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

    private static long pages(List<Plans.Plan> plans, String of) {
        return plans.stream()
                .filter(plan ->
                        plan.kind().equals("for its values") && plan.sql().contains(of))
                .filter(plan -> plan.sql().stripLeading().startsWith("SELECT"))
                .mapToLong(Plans.Plan::pagesTouched)
                .sum();
    }
}
