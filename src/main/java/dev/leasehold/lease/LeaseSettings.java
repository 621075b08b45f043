package dev.leasehold.lease;

import com.typesafe.config.Config;
import java.time.Duration;

/**
 * Times and bounds of leases, the same for both pools; the block {@code leasehold.pool}.
 *
 * @param hold what a lease is held at most when its request names nothing else; sessions are armed for it
 * @param hardCap longest hold of any lease, renewals included
 * @param offer how long a grant may stay unclaimed
 * @param leakInTransaction longest time without a JDBC call inside a transaction
 * @param leakOutside longest time without a JDBC call outside
 * @param serverGrace how much later than we the server ends an idle or overlong transaction
 * @param quiesce how long a cancelled call may take to come back before the socket is closed under it
 * @param strict work in autocommit that leaves a transaction open fails, instead of being rolled back quietly
 * @param reset when a session is made as new between two leases
 * @param terminateAfter how long after the revocation a backend that is still there is terminated
 */
public record LeaseSettings(
        Duration hold,
        Duration hardCap,
        Duration offer,
        Duration leakInTransaction,
        Duration leakOutside,
        Duration serverGrace,
        Duration linger,
        Duration quiesce,
        Duration terminateAfter,
        Duration cancelTimeout,
        Duration connectTimeout,
        Duration codelTarget,
        Duration codelInterval,
        int queueLimit,
        int quotaPerType,
        int quotaPerTenant,
        int stackSampleEvery,
        boolean strict,
        Reset reset) {

    /** Which leases are followed by a reset of their session. */
    public enum Reset {
        /** All that made a call. */
        ALWAYS,
        /** All of which it is not certain that they left nothing. */
        WHEN_NEEDED;

        static Reset of(String word) {
            return switch (word) {
                case "always" -> ALWAYS;
                case "when-needed" -> WHEN_NEEDED;
                default -> throw new IllegalArgumentException(KEY + "reset must be always or when-needed, not " + word);
            };
        }
    }

    private static final String KEY = "leasehold.pool.";

    public LeaseSettings {
        positive("hold", hold);
        positive("hard-cap", hardCap);
        positive("offer", offer);
        positive("leak-in-transaction", leakInTransaction);
        positive("leak-outside", leakOutside);
        positive("server-grace", serverGrace);
        positive("quiesce", quiesce);
        positive("terminate-after", terminateAfter);
        positive("cancel-timeout", cancelTimeout);
        positive("connect-timeout", connectTimeout);
        positive("codel.interval", codelInterval);
        if (hold.compareTo(hardCap) > 0) {
            throw new IllegalArgumentException(
                    KEY + "hold (" + hold + ") must not be above " + KEY + "hard-cap (" + hardCap + ")");
        }
        atLeast("queue-limit", queueLimit, 1);
        atLeast("quota-per-type", quotaPerType, 0);
        atLeast("quota-per-tenant", quotaPerTenant, 0);
        atLeast("stack-sample-every", stackSampleEvery, 0);
    }

    /** The block {@code leasehold.pool} of the whole configuration. */
    public static LeaseSettings from(Config config) {
        Config block = config.getConfig("leasehold.pool");
        return new LeaseSettings(
                block.getDuration("hold"),
                block.getDuration("hard-cap"),
                block.getDuration("offer"),
                block.getDuration("leak-in-transaction"),
                block.getDuration("leak-outside"),
                block.getDuration("server-grace"),
                block.getDuration("linger"),
                block.getDuration("quiesce"),
                block.getDuration("terminate-after"),
                block.getDuration("cancel-timeout"),
                block.getDuration("connect-timeout"),
                block.getDuration("codel.target"),
                block.getDuration("codel.interval"),
                block.getInt("queue-limit"),
                block.getInt("quota-per-type"),
                block.getInt("quota-per-tenant"),
                block.getInt("stack-sample-every"),
                block.getBoolean("strict"),
                Reset.of(block.getString("reset")));
    }

    private static void positive(String key, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(KEY + key + " must be a positive duration, not " + value);
        }
    }

    private static void atLeast(String key, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(KEY + key + " must be at least " + least + ", not " + value);
        }
    }
}
