package dev.leasehold.lease.ledger;

import dev.leasehold.lease.ledger.Slot.State;
import org.jspecify.annotations.Nullable;

/** How many permits there are for whom: the budget, the reserve, and what must be opened for those who wait. */
final class Permits<A> {

    private final LedgerSettings settings;
    private final Slots slots;
    private final Queues<A> queues;
    private int budget;
    private int reserveUsed;

    Permits(LedgerSettings settings, Slots slots, Queues<A> queues) {
        this.settings = settings;
        this.slots = slots;
        this.queues = queues;
        this.budget = settings.max();
    }

    void setBudget(int permits) {
        budget = Math.max(1, Math.min(permits, settings.max()));
    }

    void taken(int classNo) {
        if (settings.classes().get(classNo).mayUseReserve()) {
            reserveUsed++;
        }
    }

    void givenBack(int classNo) {
        if (settings.classes().get(classNo).mayUseReserve()) {
            reserveUsed--;
        }
    }

    boolean isOverBudget() {
        return slots.used() > budget;
    }

    /** More connections are open than are kept without need. */
    boolean isBeyondSize() {
        return slots.used() - slots.count(State.RETIRING) > settings.size();
    }

    /** An idle connection that the budget has no room for. */
    @Nullable
    Slot beyondBudget() {
        return slots.used() - slots.count(State.RETIRING) > budget ? slots.coldest() : null;
    }

    /** The queue whose head may have a permit now and is first in line; null when there is none. */
    @Nullable
    ClassQueue<A> nextServed(long now) {
        int free = free();
        return isOverBudget() || free <= 0 ? null : queues.next(now, free <= reserveLeft());
    }

    /** How many connections to open: for waiters that nothing idle, opening or in cleaning will serve. */
    int missing() {
        int free = free();
        int first = Math.min(queues.waiting(true), free + slots.count(State.CLEANING));
        int others = Math.min(queues.waiting(false), Math.max(0, free - reserveLeft() - first));
        int coming = slots.count(State.OPENING) + slots.count(State.IDLE);
        if (slots.used() >= settings.size()) {
            // Up to its size a pool would rather have one more than let somebody wait for a reset.
            coming += slots.count(State.CLEANING);
        }
        return Math.min(first + others - coming, budget - slots.used());
    }

    /** Permits that are neither leased nor on their way back. */
    private int free() {
        return budget - slots.count(State.LEASED) - slots.count(State.CLEANING) - slots.count(State.RETIRING);
    }

    /** How many of the free permits only reserve users may have now. */
    private int reserveLeft() {
        return Math.max(0, Math.min(settings.reserved(), budget - 1) - reserveUsed);
    }
}
