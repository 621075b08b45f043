package dev.leasehold.lease.ledger;

import org.jspecify.annotations.Nullable;

/**
 * A wish for a lease.
 *
 * @param id never used twice
 * @param owner compared by equals; with its death the request and its leases end
 * @param ownerLife a higher life of the same owner ends what lower ones hold
 * @param classNo index into {@link LedgerSettings#classes}
 * @param holdNanos from grant to deadline
 * @param queueDeadline when waiting ends, on the ticker
 * @param scope whoever holds a lease under this name gets no second one; empty for none
 * @param type for the quota of leases a type; null for none, as is tenant
 * @param attachment the message it came with
 */
public record Request<A>(
        long id,
        Object owner,
        long ownerLife,
        int classNo,
        long holdNanos,
        long queueDeadline,
        String scope,
        @Nullable String type,
        @Nullable String tenant,
        long arrivedAt,
        A attachment) {

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Request<?> request && request.id == id;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(id);
    }
}
