package dev.leasehold.engine.cycle;

import dev.leasehold.engine.lane.ReadPlan;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Carries out what the check cycle wants to read, on one leased connection that is given back at once. Used by it alone. */
final class DueReader {

    private static final Holder HOLDER = Holder.node("check-cycle", Holder.Session.TUNED);
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(30));

    private final CycleParts parts;
    private final Set<String> types;
    private long wantedSince;
    private @Nullable Instant lastReadAt;

    DueReader(CycleParts parts) {
        this.parts = parts;
        this.types = parts.slotsByType().keySet();
        this.wantedSince = parts.ticker().nanos();
    }

    /** A plan that was carried out, and when its statement was sent and answered. */
    record Seen(ReadPlan plan, ReadPlan.Answer answer, long sentNanos, long receivedNanos) {

        Duration took() {
            return Duration.ofNanos(receivedNanos - sentNanos);
        }
    }

    /** Of the types that this node has handlers for. */
    CompletionStage<Seen> read(ReadPlan plan) {
        Ticker ticker = parts.ticker();
        wantedSince = ticker.nanos();
        return parts.leases().run(PoolName.PLATFORM, LeaseClass.CONTROL, HOLDER, HOLD, connection -> {
            long sent = ticker.nanos();
            ReadPlan.Answer answer = plan.read(connection, parts.node(), types);
            return new Seen(plan, answer, sent, ticker.nanos());
        });
    }

    /** It came back: what it says about the database's clock is taken in. */
    void seen(Seen seen) {
        lastReadAt = seen.answer().read().now();
        parts.clock().observe(lastReadAt, seen.sentNanos(), seen.receivedNanos());
    }

    /** A read is wanted anew, after one that failed. */
    void wantedAgain() {
        wantedSince = parts.ticker().nanos();
    }

    /** By the database's clock; null before the first. */
    @Nullable
    Instant lastReadAt() {
        return lastReadAt;
    }

    /** True when nothing was wanted for longer than this: the cycle stands. */
    boolean isLate(Duration limit) {
        return Duration.ofNanos(parts.ticker().nanos() - wantedSince).compareTo(limit) > 0;
    }
}
