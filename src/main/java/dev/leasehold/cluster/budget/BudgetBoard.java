package dev.leasehold.cluster.budget;

import dev.leasehold.lease.PoolName;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The budget as it was last settled: for the API and the metrics, from any thread. */
public final class BudgetBoard {

    private volatile List<BudgetPlan> plans = List.of();

    /** Registers {@code leasehold_budget_connections}: the whole budget, this node's share, and what the server counts. */
    public BudgetBoard(MeterRegistry registry) {
        for (PoolName pool : PoolName.values()) {
            gauge(registry, pool, "budget", BudgetPlan::total);
            gauge(registry, pool, "share", BudgetPlan::share);
            gauge(registry, pool, "held", BudgetPlan::held);
            gauge(registry, pool, "permits", plan -> plan.permits().getOrDefault(pool, 0));
        }
    }

    /** Pools that share a budget show the same numbers but for their permits. */
    private void gauge(MeterRegistry registry, PoolName pool, String state, ToDoubleFunction<BudgetPlan> number) {
        Gauge.builder(
                        "leasehold_budget_connections",
                        this,
                        board -> board.plans.stream()
                                .filter(plan -> plan.permits().containsKey(pool))
                                .mapToDouble(number)
                                .findFirst()
                                .orElse(Double.NaN))
                .tag("pool", pool.label())
                .tag("state", state)
                .strongReference(true)
                .register(registry);
    }

    void show(List<BudgetPlan> settled) {
        plans = List.copyOf(settled);
    }

    /** One for each server and role; empty before the first look. */
    public List<BudgetPlan> plans() {
        return plans;
    }
}
