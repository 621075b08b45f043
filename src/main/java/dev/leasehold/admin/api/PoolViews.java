package dev.leasehold.admin.api;

import dev.leasehold.cluster.budget.BudgetPlan;
import dev.leasehold.lease.LiveLease;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.PoolStatus;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What pages and routes show of this node's pools. Neither takes a connection.
 *
 * @param status how a pool stands
 * @param liveLeases what is leased of it now
 * @param budget how the connections of each server are shared out
 */
public record PoolViews(
        Function<PoolName, CompletionStage<PoolStatus>> status,
        Function<PoolName, CompletionStage<List<LiveLease>>> liveLeases,
        Supplier<List<BudgetPlan>> budget) {}
