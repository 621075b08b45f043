package dev.leasehold.lease;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The record of a lease that did not end by release: the culprit, named.
 *
 * @param cause {@code expired}, {@code leaked}, {@code owner_died} or {@code revoked}
 * @param heldMillis from grant to revocation
 * @param idleMillis since its last JDBC call ended, at the revocation
 * @param sql the last statement, without its parameters; null when there was none
 * @param acquiredStack of the thread that asked; null where it was not sampled
 * @param holderStack of the thread that held it at the revocation; null when none was inside
 * @param reclaimedBy {@code close}, {@code abort} or {@code terminate}
 * @param reclaimMillis from revocation until the backend was seen gone
 */
public record RevokedLease(
        String leaseId,
        PoolName pool,
        LeaseClass leaseClass,
        Holder holder,
        String cause,
        Instant grantedAt,
        Instant revokedAt,
        long heldMillis,
        long idleMillis,
        boolean inTransaction,
        @Nullable String sql,
        @Nullable String acquiredStack,
        @Nullable String holderStack,
        String reclaimedBy,
        long reclaimMillis) {

    /** All of it as the log tells it: a line for people, and the stacks below. */
    String told() {
        StringBuilder text = new StringBuilder("lease ")
                .append(leaseId)
                .append(' ')
                .append(cause)
                .append(": held ")
                .append(heldMillis)
                .append(" ms by ")
                .append(holder.actor());
        append(text, ", task ", holder.task());
        append(text, ", run ", holder.run());
        append(text, ", type ", holder.type());
        append(text, ", tenant ", holder.tenant());
        text.append("; idle ")
                .append(idleMillis)
                .append(inTransaction ? " ms in a transaction" : " ms outside transactions")
                .append("; gone by ")
                .append(reclaimedBy)
                .append(" after ")
                .append(reclaimMillis)
                .append(" ms");
        append(text, "; last SQL: ", sql);
        append(text, "\n  held by ", holderStack);
        append(text, "\n  asked for by ", acquiredStack);
        return text.toString();
    }

    private static void append(StringBuilder text, String label, @Nullable String value) {
        if (value != null) {
            text.append(label).append(value.strip());
        }
    }
}
