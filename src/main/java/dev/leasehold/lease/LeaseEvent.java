package dev.leasehold.lease;

import dev.leasehold.lease.ledger.Denial;
import dev.leasehold.lease.ledger.Ending;
import java.time.Duration;

/** What the guardian tells the one who asked. */
public sealed interface LeaseEvent {

    /**
     * The answer to {@link PoolGuardian.Acquire}, once: an offer that must be claimed, by {@link Lease#claim} or by the
     * first use, before the offer's limit (1 s by default).
     */
    record Granted(long requestId, Lease lease) implements LeaseEvent {}

    /** The other answer to {@link PoolGuardian.Acquire}, once. {@code retryAfter} is zero where trying again is useless. */
    record Denied(long requestId, Denial reason, Duration retryAfter, String message) implements LeaseEvent {

        /** The same as an exception, for whoever waits on a thread. */
        public LeaseException toException() {
            return new LeaseException(
                    switch (reason) {
                        case DEADLINE -> LeaseException.Kind.TIMEOUT;
                        case QUEUE_FULL, SHED, QUOTA, STANDOFF, INVALID -> LeaseException.Kind.REFUSED;
                        case NESTED -> LeaseException.Kind.NESTED;
                        case DRAINING -> LeaseException.Kind.STOPPING;
                        case DOWN -> LeaseException.Kind.DOWN;
                    },
                    message,
                    null);
        }
    }

    /** Four fifths of the hold are over: finish, or {@link PoolGuardian.Renew}. At most once a deadline. */
    record LeaseWarning(long leaseId, Duration remaining) implements LeaseEvent {}

    /**
     * The lease was taken back: every call on it is refused from now on and what was under way is unknown. An actor throws
     * on this, so that supervision restarts it. Sent at once; the end of the connection follows as {@link LeaseEnded}.
     */
    record LeaseRevoked(long leaseId, Ending cause, String message) implements LeaseEvent {

        /** The same as an exception. */
        public LeaseException toException() {
            return new LeaseException(LeaseException.Kind.REVOKED, message, null);
        }
    }

    /** After {@link LeaseRevoked}: the connection is gone on the server too; nothing of it can still take effect. */
    record LeaseEnded(long leaseId) implements LeaseEvent {}
}
