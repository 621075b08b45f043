package dev.leasehold.admin.overview;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The whole at one moment.
 *
 * @param stored what the database says; null while it is not reached
 */
public record Overview(
        Instant at,
        Node node,
        Session session,
        List<Pool> pools,
        List<Run> running,
        @Nullable Stored stored) {

    /** This node. */
    public record Node(
            String incarnation,
            int lanes,
            int lanesOwned,
            boolean standby,
            boolean suspended,
            boolean healthy,
            int running,
            int waiting,
            int zombies) {}

    /** Counts since this node's start. */
    public record Session(
            Instant startedAt,
            long cycles,
            long found,
            long executed,
            long failed,
            long skipped,
            long retried,
            Duration idleInterval) {}

    /** A pool and the leases that are out. */
    public record Pool(
            String name,
            boolean healthy,
            int size,
            int max,
            int checkedIn,
            int checkedOut,
            int overflow,
            int waiting,
            int opening,
            int cleaning,
            int retiring,
            double usagePercent,
            long granted,
            long timeouts,
            List<Lease> leases) {}

    /** One lease that is out. */
    public record Lease(
            String id,
            String leaseClass,
            String holder,
            @Nullable String taskId,
            @Nullable String type,
            Instant since,
            Instant deadline,
            String state,
            @Nullable String sql,
            int backendPid) {}

    /** One attempt, under way (no outcome) or ended. */
    public record Run(
            String id,
            String taskId,
            String type,
            String tenant,
            int attempt,
            @Nullable Instant startedAt,
            @Nullable Instant finishedAt,
            @Nullable String outcome,
            @Nullable String state,
            @Nullable String reason,
            @Nullable String error,
            @Nullable Integer progress,
            boolean isFinal) {

        /** How long it took; null while it is under way. */
        public @Nullable Duration took() {
            return startedAt == null || finishedAt == null ? null : Duration.between(startedAt, finishedAt);
        }
    }

    /** What stands in the database. */
    public record Stored(
            long due,
            double oldestDueSeconds,
            long active,
            long needsIntervention,
            Totals totals,
            List<Due> next,
            List<Run> latest,
            List<Revoked> revoked,
            List<Cycle> cycles,
            List<Alert> alerts,
            List<Lane> lanes,
            List<Member> nodes) {}

    /** Counts since the first start, over all nodes. */
    public record Totals(long cycles, long found, long executed, long failed, long skipped, long retried) {}

    /** A task that waits for its time. */
    public record Due(
            String id,
            String type,
            String key,
            String tenant,
            String priority,
            Instant dueAt,
            int attempt,
            String schedule) {}

    /** A lease that had to be taken back, and whose it was. */
    public record Revoked(
            String leaseId,
            String pool,
            @Nullable String taskId,
            @Nullable String type,
            String actor,
            String cause,
            Instant revokedAt,
            long heldMillis,
            long idleMillis,
            boolean inTransaction,
            @Nullable String sql,
            @Nullable String stack,
            String reclaimedBy,
            long reclaimMillis) {}

    /** A recorded check cycle. */
    public record Cycle(long number, Instant at, long found, long executed, long failed, long skipped, Duration took) {}

    /** Something that a person must see. */
    public record Alert(String id, String severity, String source, String message, long times, Instant updatedAt) {}

    /** A lane, and whether this node owns it. */
    public record Lane(int no, @Nullable String owner, long epoch, boolean ours) {}

    /** A node that lives, or did within the last hour. */
    public record Member(String name, String address, int lanes, boolean alive, boolean ours) {}
}
