package dev.leasehold.cluster.budget;

import dev.leasehold.lease.PoolName;
import dev.leasehold.store.ServerLimits;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.stream.Collectors;

/**
 * How the connections of one role on one server are shared out: to the nodes, and on this node to its pools.
 *
 * @param total what the cluster may hold
 * @param shares what each node may hold, pools and control connections together
 * @param permits what each pool of this node may hold, its control connection not counted
 * @param held what the server counts for the role, of all nodes and others
 * @param findings what a person should know
 */
public record BudgetPlan(
        String role,
        int total,
        Map<String, Integer> shares,
        int share,
        Map<PoolName, Integer> permits,
        int held,
        List<Finding> findings) {

    /**
     * Something to be seen to; an alert as long as it is so.
     *
     * @param severity info, warning or error
     */
    public record Finding(String name, String severity, String message) {}

    static final String NO_ROLE_LIMIT = "budget_no_role_limit";
    static final String SUPERUSER = "budget_superuser";
    static final String ABOVE_LIMIT = "budget_above_limit";
    static final String SCALED_DOWN = "budget_scaled_down";
    static final String TOO_SMALL = "budget_too_small";

    /** All names that a finding may have. */
    static final List<String> NAMES = List.of(NO_ROLE_LIMIT, SUPERUSER, ABOVE_LIMIT, SCALED_DOWN, TOO_SMALL);

    /** One connection to lease and one to control it: with less a pool is no pool. */
    private static final int LEAST_A_POOL = 2;

    /** Where nobody set a limit, one connection in so many is left to others. */
    private static final int LEFT_TO_OTHERS = 10;

    public BudgetPlan {
        shares = Map.copyOf(shares);
        permits = Map.copyOf(permits);
        findings = List.copyOf(findings);
    }

    /**
     * @param configured {@code LEASEHOLD_CONNECTION_BUDGET}; empty: the role's limit, else derived from the server
     * @param wanted how many connections each pool of this server and role would have, without its control connection
     * @param members all nodes that may hold connections, this one among them
     */
    static BudgetPlan of(
            ServerLimits limits,
            OptionalInt configured,
            Map<PoolName, Integer> wanted,
            SortedSet<String> members,
            String self) {
        List<Finding> findings = new ArrayList<>();
        int cap = limits.hasRoleLimit() ? Math.min(limits.roleLimit(), limits.usable()) : limits.usable();
        int asked = configured.orElse(
                limits.hasRoleLimit()
                        ? limits.roleLimit()
                        : limits.usable() - limits.maxConnections() / LEFT_TO_OTHERS);
        int total = Math.min(asked, cap);
        if (asked > cap) {
            findings.add(new Finding(
                    ABOVE_LIMIT,
                    "warning",
                    (configured.isPresent() ? "LEASEHOLD_CONNECTION_BUDGET" : "the limit of role " + limits.role())
                            + " is " + asked + ", but the server gives role " + limits.role() + " at most " + cap
                            + " connections " + source(limits) + ": the cluster keeps to " + cap));
        }
        findings.addAll(unlimited(limits, total));
        Map<String, Integer> shares = Shares.ofNodes(total, members);
        int share = shares.getOrDefault(self, 0);
        Map<PoolName, Integer> permits = Shares.ofPools(share - wanted.size(), wanted);
        if (share < LEAST_A_POOL * wanted.size()) {
            findings.add(new Finding(TOO_SMALL, "error", tooSmall(limits, total, share, wanted, members.size())));
        } else if (!permits.equals(wanted)) {
            findings.add(new Finding(SCALED_DOWN, "warning", scaledDown(limits, total, share, wanted, permits)));
        }
        return new BudgetPlan(limits.role(), total, shares, share, permits, limits.held(), findings);
    }

    private static List<Finding> unlimited(ServerLimits limits, int total) {
        if (limits.superuser()) {
            return List.of(new Finding(
                    SUPERUSER,
                    "warning",
                    "role " + limits.role() + " is a superuser: the server holds it to no limit, and lets it take the"
                            + " connections that are reserved for emergencies; give Leasehold a plain role"));
        }
        return limits.hasRoleLimit()
                ? List.of()
                : List.of(new Finding(
                        NO_ROLE_LIMIT,
                        "warning",
                        "role " + limits.role() + " has no connection limit, so only the nodes' own shares hold the"
                                + " cluster to its " + total + " connections; to let the server see to it: ALTER ROLE "
                                + limits.role() + " CONNECTION LIMIT " + total));
    }

    private static String source(ServerLimits limits) {
        return "(max_connections " + limits.maxConnections() + ", " + limits.reserved() + " of them reserved"
                + (limits.hasRoleLimit() ? ", role's limit " + limits.roleLimit() : "") + ")";
    }

    private static String tooSmall(
            ServerLimits limits, int total, int share, Map<PoolName, Integer> wanted, int nodes) {
        return "a budget of " + total + " connections for role " + limits.role() + " " + source(limits) + " leaves "
                + share + " to each of " + nodes + (nodes == 1 ? " node" : " nodes") + ", but pools " + labels(wanted)
                + " need at least " + LEAST_A_POOL * wanted.size()
                + ": one to lease and one to control each; raise LEASEHOLD_CONNECTION_BUDGET or the role's limit";
    }

    private static String scaledDown(
            ServerLimits limits, int total, int share, Map<PoolName, Integer> wanted, Map<PoolName, Integer> permits) {
        int needed = wanted.values().stream().mapToInt(Integer::intValue).sum() + wanted.size();
        return "this node's pools would hold " + needed + " connections, control connections included, but its share of"
                + " the " + total + " for role " + limits.role() + " is " + share + ": scaled down to "
                + named(permits);
    }

    /** {@code platform 15, userdata 15}. */
    static String named(Map<PoolName, Integer> permits) {
        return new EnumMap<>(permits)
                .entrySet().stream()
                        .map(entry -> entry.getKey().label() + " " + entry.getValue())
                        .collect(Collectors.joining(", "));
    }

    private static String labels(Map<PoolName, Integer> pools) {
        return new EnumMap<>(pools).keySet().stream().map(PoolName::label).collect(Collectors.joining(" and "));
    }

    /** Whether a node could start on this; otherwise why not. */
    java.util.Optional<String> refusal() {
        return findings.stream()
                .filter(finding -> finding.name().equals(TOO_SMALL))
                .map(Finding::message)
                .findFirst();
    }

    /** {@code platform+userdata}: which pools share it. */
    public String label() {
        return new EnumMap<>(permits).keySet().stream().map(PoolName::label).collect(Collectors.joining("+"));
    }

    /** What is to be written when it changes; what the server counts is not part of it. */
    String summary() {
        return named(permits) + ", of this node's share of " + share + " in a budget of " + total
                + " connections for role " + role + " and " + shares.size() + (shares.size() == 1 ? " node" : " nodes");
    }
}
