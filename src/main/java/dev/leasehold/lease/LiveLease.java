package dev.leasehold.lease;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A lease that is held right now.
 *
 * @param state {@code offered}, {@code active} or {@code revoked} (being taken back)
 * @param deadline wall clock, for display; the real one is monotonic
 * @param backendPid the server process behind it
 */
public record LiveLease(
        String leaseId,
        PoolName pool,
        LeaseClass leaseClass,
        Holder holder,
        Instant since,
        Instant deadline,
        String state,
        @Nullable String sql,
        int backendPid) {}
