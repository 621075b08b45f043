package dev.leasehold.lease.ledger;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** When the next deadline is due. */
final class Lookout {

    private final LedgerSettings settings;
    private final Slots slots;

    Lookout(LedgerSettings settings, Slots slots) {
        this.settings = settings;
        this.slots = slots;
    }

    /** Nanoseconds from now, negative when it is over, {@code Long.MAX_VALUE} for never. */
    long untilNextLook(Collection<? extends Held<?>> live, long now) {
        long nearest = Long.MAX_VALUE;
        for (Held<?> held : live) {
            nearest = Math.min(nearest, held.fence().deadline() - now);
            nearest = Math.min(nearest, untilIdleTooLong(held, now));
            if (!held.warned()) {
                nearest = Math.min(nearest, held.warnAt() - now);
            }
        }
        for (Slot slot : slots.idleOnes()) {
            nearest = Math.min(nearest, slot.recycleAt - now);
        }
        Slot coldest = slots.coldest();
        if (coldest != null && slots.used() - slots.count(Slot.State.RETIRING) > settings.size()) {
            nearest = Math.min(nearest, coldest.idleSince + settings.linger() - now);
        }
        return nearest;
    }

    private long untilIdleTooLong(Held<?> held, long now) {
        Fence fence = held.fence();
        if (fence.state() == Fence.State.OFFERED) {
            return held.grantedAt() + settings.offer() - now;
        }
        // A transaction may begin right after we looked, and its limit is the shorter one.
        long again = settings.leakInTransaction();
        return fence.inFlight() > 0 ? again : Math.min(again, fence.lastCallAt() + leakLimit(fence) - now);
    }

    /** How the lease must end now; null when it may go on. An offer that ends is withdrawn by this. */
    @Nullable
    Ending ending(Held<?> held, long now) {
        Fence fence = held.fence();
        boolean over = now - fence.deadline() >= 0;
        return switch (fence.state()) {
            case LAPSED, REVOKED -> Ending.EXPIRED;
            case OFFERED -> {
                boolean late = over || now - held.grantedAt() >= settings.offer();
                yield late && fence.withdraw() ? Ending.EXPIRED : null;
            }
            case ACTIVE -> {
                if (over) {
                    yield Ending.EXPIRED;
                }
                boolean idle = fence.inFlight() == 0 && now - fence.lastCallAt() >= leakLimit(fence);
                yield idle ? Ending.LEAKED : null;
            }
            case RELEASED -> null;
        };
    }

    private long leakLimit(Fence fence) {
        return fence.inTransaction() ? settings.leakInTransaction() : settings.leakOutside();
    }
}
