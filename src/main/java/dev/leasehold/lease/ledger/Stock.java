package dev.leasehold.lease.ledger;

import dev.leasehold.lease.ledger.Slot.State;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/** The connections of a pool while nobody holds them: opened, kept, reset, worn out, too many. */
final class Stock<A> {

    private final LedgerSettings settings;
    private final Effects<A> effects;
    private final Slots slots;
    private final Permits<A> permits;
    private final LedgerCounts counts;
    private final DoubleSupplier random;
    private boolean closing;

    Stock(
            LedgerSettings settings,
            Effects<A> effects,
            Slots slots,
            Permits<A> permits,
            LedgerCounts counts,
            DoubleSupplier random) {
        this.settings = settings;
        this.effects = effects;
        this.slots = slots;
        this.permits = permits;
        this.counts = counts;
        this.random = random;
    }

    /** From now on nothing is kept and nothing is opened. */
    void close() {
        closing = true;
    }

    boolean isClosing() {
        return closing;
    }

    /** A connection was opened for the slot. */
    void fill(Slot slot, boolean fit, long now) {
        slot.fill(now, settings.recycle(), random.getAsDouble());
        slots.move(slot, State.IDLE);
        retireIfMust(slot, fit, now);
    }

    void keep(Slot slot, long now) {
        slot.idleSince = now;
        slots.move(slot, State.IDLE);
    }

    void clean(Slot slot) {
        slots.move(slot, State.CLEANING);
        effects.clean(slot.no);
    }

    void retire(Slot slot, Retirement why) {
        counts.retired(why);
        slots.move(slot, State.RETIRING);
        effects.retire(slot.no, why);
    }

    /** Destroys a connection that may not be used again; true when it was so. */
    boolean retireIfMust(Slot slot, boolean fit, long now) {
        if (!fit || slot.outdated) {
            retire(slot, Retirement.UNFIT);
        } else if (closing) {
            retire(slot, Retirement.DRAINED);
        } else if (now - slot.recycleAt >= 0) {
            retire(slot, Retirement.RECYCLED);
        } else {
            return false;
        }
        return true;
    }

    void retireIdle(Retirement why) {
        slots.idleOnes().forEach(slot -> retire(slot, why));
    }

    /** No connection that is there now may be used again; those in use, or being reset, are destroyed when they come back. */
    void outdate() {
        retireIdle(Retirement.UNFIT);
        slots.busyOnes().forEach(slot -> slot.outdated = true);
    }

    /** An idle connection that will not be too old before the hold ends; too old ones are retired on the way. */
    @Nullable
    Slot fitIdle(long now, long hold) {
        // A hold that is long against the recycle age would never find a connection young enough.
        long until = hold < settings.recycle() / 2 ? now + hold : now;
        for (Slot slot = slots.warmest(); slot != null; slot = slots.warmest()) {
            if (until - slot.tooOldAt < 0 && now - slot.recycleAt < 0) {
                return slot;
            }
            retire(slot, Retirement.RECYCLED);
        }
        return null;
    }

    /** Retires what has grown too old, and one that is too many and was long idle. */
    void tidyIdle(long now) {
        slots.idleOnes().stream()
                .filter(slot -> now - slot.recycleAt >= 0)
                .forEach(slot -> retire(slot, Retirement.RECYCLED));
        Slot coldest = slots.coldest();
        if (coldest != null && permits.isBeyondSize() && now - coldest.idleSince - settings.linger() >= 0) {
            retire(coldest, Retirement.SURPLUS);
        }
    }

    /** Opens what is missing for those who wait, and retires what the budget has no room for. */
    void adjust() {
        for (int missing = closing ? 0 : permits.missing(); missing > 0; missing--) {
            Slot slot = slots.empty();
            if (slot != null) {
                slots.move(slot, State.OPENING);
                effects.open(slot.no);
            }
        }
        for (Slot coldest = permits.beyondBudget(); coldest != null; coldest = permits.beyondBudget()) {
            retire(coldest, Retirement.SURPLUS);
        }
    }
}
