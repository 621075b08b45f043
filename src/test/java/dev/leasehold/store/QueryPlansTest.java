package dev.leasehold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * How the statements that are sent all day find their rows among a million, with statistics of a time when there were a
 * thousand and with new ones, by the generic plan and by that for the values: over the index that was made for it, and with
 * no more rows and pages than the work is worth.
 */
@Tag("long")
class QueryPlansTest {

    private static final int TASKS = Integer.getInteger("leasehold.plan-tasks", 1_000_000);
    private static final int RUNS = TASKS / 4;

    /** Read whole they cost as much as they have rows; the others have few. */
    private static final Set<String> BIG =
            Set.of("task", "outbox", "dependency", "task_end", "step", "idempotency_key", "event");

    /** Those that can be taken away, by the part of their name that a case gives. */
    private static final Map<String, String> INDEXES = Map.of(
            "task_due", "task_due",
            "task_concurrency_key", "task_concurrency_key",
            "task_not_active", "task_not_active",
            "task_id_run_no_attempt", "run_task",
            "finished_at", "run_finished",
            "running_lane", "running_lane",
            "outbox_open", "outbox_open",
            "idempotency_key_age", "idempotency_key_age");

    private static PlanFixture fixture;

    @BeforeAll
    static void fill() throws SQLException {
        fixture = new PlanFixture(TASKS, RUNS);
    }

    @TestFactory
    Stream<DynamicTest> statementsFindTheirRowsAmongAMillion() throws SQLException {
        Map<String, PlanCases.Case> cases = new LinkedHashMap<>(new PlanCases(fixture).engine());
        cases.putAll(PlanCases.upkeep());
        cases.putAll(PlanCases.pages());
        List<DynamicTest> tests = new ArrayList<>();
        cases.forEach(
                (name, each) -> tests.add(DynamicTest.dynamicTest(name + ", statistics of before", () -> hold(each))));
        tests.add(DynamicTest.dynamicTest("the statistics are made anew", fixture::analyze));
        cases.forEach(
                (name, each) -> tests.add(DynamicTest.dynamicTest(name + ", statistics of now", () -> hold(each))));
        // Without its index each of them does something else, and that is seen; or it takes too long.
        cases.forEach((name, each) -> {
            String index = INDEXES.get(each.index());
            if (index != null) {
                tests.add(DynamicTest.dynamicTest(
                        name + ", without " + index,
                        () -> assertThatThrownBy(() -> hold(each.without(index)))
                                .isInstanceOfAny(AssertionError.class, SQLException.class)));
            }
        });
        return tests.stream();
    }

    private static void hold(PlanCases.Case expected) throws SQLException {
        try (Connection connection = fixture.connectSimply()) {
            List<Plans.Plan> plans = Plans.of(connection, expected.work());
            assertThat(plans).isNotEmpty();
            for (Plans.Plan plan : plans) {
                String shown =
                        plan.kind() + "\n" + plan.sql() + "\n" + plan.root().toPrettyString();
                assertThat(plan.readWhole()).as(shown).noneMatch(QueryPlansTest::big);
                if (plan.kind().equals("for its values")) {
                    assertThat(plan.rowsTouched()).as("rows touched, " + shown).isLessThanOrEqualTo(expected.rowsMax());
                    assertThat(plan.pagesTouched())
                            .as("pages touched, " + shown)
                            .isLessThanOrEqualTo(expected.pagesMax());
                }
            }
            for (String kind : List.of("for its values", "generic")) {
                assertThat(plans.stream()
                                .filter(plan -> plan.kind().equals(kind))
                                .flatMap(plan -> plan.indexes().stream()))
                        .as(kind)
                        .anyMatch(index -> index.contains(expected.index()));
            }
        }
    }

    /** A partition that has rows counts as well; those of the days to come are empty. */
    private static boolean big(String table) {
        return BIG.contains(table) || (table.startsWith("run_") && filled(table));
    }

    private static boolean filled(String table) {
        try (Connection connection = fixture.connect()) {
            return StoreFixture.count(
                            connection, "SELECT count(*) FROM (SELECT FROM leasehold." + table + " LIMIT 1) AS r")
                    > 0;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
