package dev.leasehold.cluster.budget;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.cluster.budget.BudgetPlan.Finding;
import dev.leasehold.lease.PoolName;
import dev.leasehold.store.ServerLimits;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How many connections whom: from what the server gives, what was asked for, and who is there. */
class BudgetPlanTest {

    private static final Map<PoolName, Integer> FIFTEEN_EACH = Map.of(PoolName.PLATFORM, 15, PoolName.USERDATA, 15);
    private static final SortedSet<String> ALONE = new TreeSet<>(List.of("node-1"));

    private static ServerLimits limits(int roleLimit, int maxConnections) {
        return new ServerLimits("7", "scheduler", false, roleLimit, maxConnections, 3, 5);
    }

    private static BudgetPlan alone(ServerLimits limits, OptionalInt configured) {
        return BudgetPlan.of(limits, configured, FIFTEEN_EACH, ALONE, "node-1");
    }

    private static List<String> names(BudgetPlan plan) {
        return plan.findings().stream().map(Finding::name).toList();
    }

    @Test
    @Tag("row44")
    void takesTheRolesLimitAndLeavesThePoolsAsTheyAre() {
        BudgetPlan plan = alone(limits(40, 100), OptionalInt.empty());

        assertThat(plan.total()).isEqualTo(40);
        assertThat(plan.permits()).isEqualTo(FIFTEEN_EACH);
        assertThat(plan.findings()).isEmpty();
        assertThat(plan.refusal()).isEmpty();
    }

    @Test
    @Tag("row44")
    void scalesDownWhatDoesNotFitAndSaysSo() {
        BudgetPlan plan = alone(limits(40, 100), OptionalInt.of(20));

        assertThat(plan.permits()).isEqualTo(Map.of(PoolName.PLATFORM, 9, PoolName.USERDATA, 9));
        assertThat(names(plan)).containsExactly(BudgetPlan.SCALED_DOWN);
        assertThat(plan.findings().get(0).message())
                .isEqualTo(
                        "this node's pools would hold 32 connections, control connections included, but its share of the"
                                + " 20 for role scheduler is 20: scaled down to platform 9, userdata 9");
    }

    @Test
    @Tag("row44")
    void keepsToWhatTheServerGivesWhereMoreWasAskedFor() {
        BudgetPlan configured = alone(limits(40, 100), OptionalInt.of(60));
        BudgetPlan server = alone(limits(500, 100), OptionalInt.empty());

        assertThat(configured.total()).isEqualTo(40);
        assertThat(names(configured)).containsExactly(BudgetPlan.ABOVE_LIMIT);
        assertThat(server.total()).isEqualTo(97);
        assertThat(server.findings().get(0).message())
                .isEqualTo(
                        "the limit of role scheduler is 500, but the server gives role scheduler at most 97 connections"
                                + " (max_connections 100, 3 of them reserved, role's limit 500): the cluster keeps to 97");
    }

    @Test
    @Tag("row44")
    void warnsOfARoleWithoutLimitAndOfASuperuser() {
        BudgetPlan without = alone(limits(-1, 100), OptionalInt.empty());
        BudgetPlan superuser = alone(new ServerLimits("7", "postgres", true, 10, 100, 3, 5), OptionalInt.empty());

        assertThat(without.total()).isEqualTo(87);
        assertThat(names(without)).containsExactly(BudgetPlan.NO_ROLE_LIMIT);
        assertThat(without.findings().get(0).message()).contains("ALTER ROLE scheduler CONNECTION LIMIT 87");
        assertThat(superuser.total()).isEqualTo(87);
        assertThat(names(superuser)).containsExactly(BudgetPlan.SUPERUSER);
    }

    @Test
    @Tag("row44")
    void refusesWhatIsTooSmallForAnyPool() {
        BudgetPlan plan = alone(limits(3, 100), OptionalInt.empty());

        assertThat(plan.refusal())
                .hasValue(
                        "a budget of 3 connections for role scheduler (max_connections 100, 3 of them reserved, role's"
                                + " limit 3) leaves 3 to each of 1 node, but pools platform and userdata need at least 4: one to"
                                + " lease and one to control each; raise LEASEHOLD_CONNECTION_BUDGET or the role's limit");
        assertThat(alone(limits(4, 100), OptionalInt.empty()).refusal()).isEmpty();
    }

    @Test
    void countsPoolsOfDifferentRolesApart() {
        ServerLimits platform = limits(20, 100);
        ServerLimits userdata = new ServerLimits("7", "users", false, 60, 100, 3, 0);

        assertThat(plans(platform, userdata)).extracting(BudgetPlan::label).containsExactly("platform", "userdata");
        assertThat(plans(platform, userdata)).extracting(BudgetPlan::total).containsExactly(20, 60);
        assertThat(plans(platform, platform)).extracting(BudgetPlan::label).containsExactly("platform+userdata");
    }

    private static List<BudgetPlan> plans(ServerLimits platform, ServerLimits userdata) {
        return BudgetPlans.of(
                Map.of(PoolName.PLATFORM, platform, PoolName.USERDATA, userdata),
                OptionalInt.empty(),
                FIFTEEN_EACH,
                ALONE,
                "node-1");
    }

    /** Fair, and never above the budget, whoever counts. */
    @Property(tries = 500)
    void sharesAddUpAndDifferByOneAtMost(
            @ForAll @IntRange(min = 4, max = 500) int budget,
            @ForAll @IntRange(min = 1, max = 9) int nodes,
            @ForAll @IntRange(min = 1, max = 60) int platform,
            @ForAll @IntRange(min = 1, max = 60) int userdata) {
        SortedSet<String> members = new TreeSet<>();
        for (int no = 0; no < nodes; no++) {
            members.add("node-" + no);
        }
        Map<PoolName, Integer> wanted = Map.of(PoolName.PLATFORM, platform, PoolName.USERDATA, userdata);
        int sum = 0;
        for (String member : members) {
            BudgetPlan plan = BudgetPlan.of(limits(budget, 1_000), OptionalInt.empty(), wanted, members, member);
            int permits =
                    plan.permits().values().stream().mapToInt(Integer::intValue).sum();
            assertThat(plan.share()).isBetween(budget / nodes, budget / nodes + 1);
            if (plan.refusal().isEmpty()) {
                assertThat(permits).isEqualTo(Math.min(platform + userdata, plan.share() - 2));
            }
            plan.permits().forEach((pool, each) -> assertThat(each).isBetween(1, wanted.getOrDefault(pool, 0)));
            sum += plan.share();
        }
        assertThat(sum).isEqualTo(budget);
    }
}
