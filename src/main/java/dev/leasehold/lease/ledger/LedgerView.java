package dev.leasehold.lease.ledger;

import dev.leasehold.lease.ledger.Slot.State;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The ledger as others may read it, always as it is now. */
public final class LedgerView<A> {

    private final Slots slots;
    private final Queues<A> queues;
    private final Map<Long, Held<A>> live;
    private final LedgerCounts counts;

    LedgerView(Slots slots, Queues<A> queues, Map<Long, Held<A>> live, LedgerCounts counts) {
        this.slots = slots;
        this.queues = queues;
        this.live = live;
        this.counts = counts;
    }

    public @Nullable Held<A> lease(long leaseId) {
        return live.get(leaseId);
    }

    public Collection<Held<A>> leases() {
        return Collections.unmodifiableCollection(live.values());
    }

    public LedgerCounts counts() {
        return counts;
    }

    public int waiting() {
        return queues.waiting();
    }

    public int waiting(int classNo) {
        return queues.get(classNo).size();
    }

    /** In no order. */
    public List<Request<A>> waitingRequests() {
        return queues.all();
    }

    /** Somebody waits, and nothing but the end of a lease can help him: no connection is on its way. */
    public boolean isBlocked() {
        return queues.waiting() > 0 && opening() + cleaning() + retiring() == 0;
    }

    public int idle() {
        return slots.count(State.IDLE);
    }

    public int opening() {
        return slots.count(State.OPENING);
    }

    public int leased() {
        return slots.count(State.LEASED);
    }

    public int cleaning() {
        return slots.count(State.CLEANING);
    }

    public int retiring() {
        return slots.count(State.RETIRING);
    }

    /** Connections that serve somebody, or can. */
    int usable() {
        return idle() + leased() + cleaning();
    }

    /** Nothing is open any more, on our side or the server's. */
    public boolean isEmpty() {
        return slots.used() == 0;
    }
}
