package dev.leasehold.cluster.budget;

import dev.leasehold.lease.PoolName;
import dev.leasehold.store.ServerLimits;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedSet;

/** Pools that reach one server under one role share one budget, whatever their databases are. */
final class BudgetPlans {

    private BudgetPlans() {}

    private record Account(String system, String role) {}

    static List<BudgetPlan> of(
            Map<PoolName, ServerLimits> limits,
            OptionalInt configured,
            Map<PoolName, Integer> wanted,
            SortedSet<String> members,
            String self) {
        Map<Account, Map<PoolName, Integer>> accounts = new LinkedHashMap<>();
        Map<Account, ServerLimits> limitsOf = new LinkedHashMap<>();
        new EnumMap<>(limits).forEach((pool, found) -> {
            Account account = new Account(found.system(), found.role());
            limitsOf.put(account, found);
            accounts.computeIfAbsent(account, each -> new EnumMap<>(PoolName.class))
                    .put(pool, wanted.getOrDefault(pool, 1));
        });
        List<BudgetPlan> plans = new ArrayList<>();
        limitsOf.forEach((account, found) ->
                plans.add(BudgetPlan.of(found, configured, accounts.getOrDefault(account, Map.of()), members, self)));
        return plans;
    }
}
