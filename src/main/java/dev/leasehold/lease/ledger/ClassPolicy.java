package dev.leasehold.lease.ledger;

/**
 * How one class of requests is queued.
 *
 * @param weight who waited longest, times weight, is served first; so heavier classes go ahead and none starves
 * @param queueLimit requests that may wait
 * @param mayUseReserve whether the reserved permits are for it
 * @param codelTargetNanos 0 for no shedding; otherwise, when the shortest wait of an interval stayed above this, those
 *     that waited twice as long are shed
 * @param codelIntervalNanos length of that interval
 * @param admittedWhileDraining whether it is still served after drain began
 */
public record ClassPolicy(
        int weight,
        int queueLimit,
        boolean mayUseReserve,
        long codelTargetNanos,
        long codelIntervalNanos,
        boolean admittedWhileDraining) {}
