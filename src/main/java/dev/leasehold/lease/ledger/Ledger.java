package dev.leasehold.lease.ledger;

import dev.leasehold.lease.ledger.Slot.State;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who holds which connection of a pool, who waits, and what happens next.
 *
 * <p>Invariants: idle + opening + leased + cleaning + retiring never exceed max; each grant ends exactly once; each
 * request is granted, denied or dropped with its owner, exactly once; within a class the earlier request is served first;
 * a connection whose lease was revoked is never granted again.
 *
 * @param <A> what a request carries for the guardian
 */
public final class Ledger<A> {

    private final LedgerSettings settings;
    private final Effects<A> effects;
    private final Epoch epoch;
    private final DoubleSupplier random;
    private final Slots slots;
    private final Queues<A> queues;
    private final Map<Long, Held<A>> live = new HashMap<>();
    private final Owners owners = new Owners();
    private final LedgerCounts counts = new LedgerCounts();
    private long lastLeaseId;
    private int reserveUsed;
    private int budget;
    private boolean draining;
    private boolean closing;
    private boolean down;
    private boolean refusing;

    /**
     * @param retiring connections of an earlier life that still stand on the server; they fill the first slots
     * @param firstLeaseId above all that earlier lives gave out
     * @param random in [0, 1), spreads the ages at which connections are replaced
     */
    public Ledger(
            LedgerSettings settings,
            Effects<A> effects,
            Epoch epoch,
            long now,
            int retiring,
            long firstLeaseId,
            DoubleSupplier random) {
        this.settings = settings;
        this.effects = effects;
        this.epoch = epoch;
        this.random = random;
        this.slots = new Slots(settings.max(), retiring);
        this.budget = settings.max();
        this.lastLeaseId = firstLeaseId;
        this.queues = new Queues<>(settings.classes(), now);
    }

    // Requests

    /** Grants, queues or denies. */
    public void acquire(Request<A> request, long now) {
        if (owners.isReborn(request.owner(), request.ownerLife())) {
            ownerGone(request.owner(), now);
        }
        Denial denial = refusal(request, now);
        if (denial != null) {
            deny(request, denial);
            return;
        }
        owners.add(request);
        queues.get(request.classNo()).add(request);
        serve(now);
    }

    private @Nullable Denial refusal(Request<A> request, long now) {
        ClassQueue<A> queue = queues.get(request.classNo());
        if (request.holdNanos() <= 0
                || request.holdNanos() > settings.hardCap()
                || owners.isGhost(request.owner(), request.ownerLife())) {
            return Denial.INVALID;
        }
        if (closing || (draining && !queue.policy().admittedWhileDraining())) {
            return Denial.DRAINING;
        }
        if (owners.holds(request.scope())) {
            return Denial.NESTED;
        }
        if (overShare("type ", request.type(), settings.quotaPerType())
                || overShare("tenant ", request.tenant(), settings.quotaPerTenant())) {
            return Denial.QUOTA;
        }
        if (refusing && slots.count(State.IDLE) + slots.count(State.LEASED) + slots.count(State.CLEANING) == 0) {
            return Denial.DOWN;
        }
        if (now - request.queueDeadline() >= 0) {
            return Denial.DEADLINE;
        }
        return queue.isFull() ? Denial.QUEUE_FULL : null;
    }

    private boolean overShare(String kind, @Nullable String name, int quota) {
        return quota > 0 && name != null && owners.share(kind, name) >= quota;
    }

    /** Takes a request out of the queue; nothing happens when it is not there any more. */
    public void cancel(long requestId, long now) {
        drop(request -> request.id() == requestId, null);
        serve(now);
    }

    /** Ends all that the owner holds and waits for. */
    public void ownerGone(Object owner, long now) {
        drop(request -> request.owner().equals(owner), null);
        for (Held<A> held : heldBy(owner)) {
            end(held, Ending.OWNER_DIED, now);
        }
        serve(now);
    }

    private List<Held<A>> heldBy(Object owner) {
        List<Held<A>> found = new ArrayList<>();
        for (Held<A> held : live.values()) {
            if (held.request().owner().equals(owner)) {
                found.add(held);
            }
        }
        return found;
    }

    private void drop(Predicate<Request<A>> test, @Nullable Denial denial) {
        for (Request<A> request : queues.removeIf(test)) {
            forget(request);
            if (denial != null) {
                deny(request, denial);
            }
        }
    }

    private void deny(Request<A> request, Denial reason) {
        counts.denied(reason);
        effects.denied(request, reason, retryAfter(reason));
    }

    private long retryAfter(Denial reason) {
        return switch (reason) {
            case QUEUE_FULL, SHED, QUOTA -> 100_000_000L;
            case DEADLINE, DOWN -> 1_000_000_000L;
            case NESTED, DRAINING, INVALID -> 0;
        };
    }

    private void forget(Request<A> request) {
        if (owners.remove(request)) {
            effects.ownerIdle(request.owner());
        }
    }

    // Leases

    /** The holder gave the lease back. Unknown ids are counted and change nothing. */
    public void release(long leaseId, long now) {
        Held<A> held = live.get(leaseId);
        if (held == null) {
            counts.lateReleases++;
            return;
        }
        boolean untouched =
                held.fence().state() == Fence.State.OFFERED && held.fence().release();
        if (!untouched) {
            held.fence().release();
        }
        if (held.fence().state() != Fence.State.RELEASED) {
            end(held, Ending.EXPIRED, now);
        } else {
            settle(held, untouched, now);
        }
        serve(now);
    }

    private void settle(Held<A> held, boolean untouched, long now) {
        remove(held);
        counts.ended(Ending.RELEASED);
        Slot slot = slots.get(held.slot());
        effects.released(held);
        if (held.fence().inFlight() > 0 || held.fence().isBroken()) {
            retire(slot, Retirement.UNFIT);
        } else if (closing) {
            retire(slot, Retirement.DRAINED);
        } else if (now - slot.recycleAt >= 0) {
            retire(slot, Retirement.RECYCLED);
        } else if (slots.used() > budget) {
            retire(slot, Retirement.SURPLUS);
        } else if (untouched && !slot.suspect) {
            slot.idleSince = now;
            slots.move(slot, State.IDLE);
        } else {
            slots.move(slot, State.CLEANING);
            effects.clean(slot.no);
        }
    }

    /** Moves the deadline; never beyond the hard cap, never of a lease that has ended. */
    public boolean renew(long leaseId, long extraNanos, long now) {
        Held<A> held = live.get(leaseId);
        if (held == null || extraNanos <= 0 || !held.fence().isOpen(now)) {
            return false;
        }
        long wanted = Math.min(now - held.grantedAt() + extraNanos, settings.hardCap());
        if (held.grantedAt() + wanted - held.fence().deadline() > 0) {
            held.fence().extendTo(held.grantedAt() + wanted);
            held.setWarned(false);
        }
        return true;
    }

    /** Ends a lease from our side; a release that came first wins and is settled as such. */
    private void end(Held<A> held, Ending how, long now) {
        if (!held.fence().revoke()) {
            settle(held, false, now);
            return;
        }
        remove(held);
        counts.ended(how);
        effects.revoked(held, how);
        retire(slots.get(held.slot()), Retirement.REVOKED);
    }

    private void remove(Held<A> held) {
        live.remove(held.id());
        owners.letGo(held.request().scope());
        if (usesReserve(held.request())) {
            reserveUsed--;
        }
        forget(held.request());
    }

    // Connections

    /** The slot's connection is there. */
    public void opened(int no, long now) {
        Slot slot = slots.get(no);
        counts.opened++;
        down = false;
        refusing = false;
        slot.tooOldAt = now + settings.recycle();
        slot.recycleAt = slot.tooOldAt - (long) (settings.recycle() * 0.1 * random.getAsDouble());
        slot.idleSince = now;
        slot.suspect = false;
        slots.move(slot, State.IDLE);
        if (closing) {
            retire(slot, Retirement.DRAINED);
        }
        serve(now);
    }

    /** Nobody will open it any more; the permit is free. */
    public void openFailed(int no, long now) {
        slots.move(slots.get(no), State.EMPTY);
        serve(now);
    }

    /** Opening fails at present; waiters keep their place. With {@code forGood} they are denied: a person must act. */
    public void serverDown(boolean forGood, long now) {
        down = true;
        if (forGood && slots.used() == slots.count(State.OPENING) + slots.count(State.RETIRING)) {
            refusing = true;
            drop(request -> true, Denial.DOWN);
        }
        serve(now);
    }

    /** The reset is done; unfit ones are destroyed. */
    public void cleaned(int no, boolean fit, long now) {
        Slot slot = slots.get(no);
        slot.suspect = false;
        if (!fit) {
            retire(slot, Retirement.UNFIT);
        } else if (closing) {
            retire(slot, Retirement.DRAINED);
        } else {
            slot.idleSince = now;
            slots.move(slot, State.IDLE);
        }
        serve(now);
    }

    /** The backend is gone for certain. */
    public void gone(int no, long now) {
        slots.move(slots.get(no), State.EMPTY);
        serve(now);
    }

    /** The server may have gone away in between: no idle connection is granted before it has answered. */
    public void suspectAll(long now) {
        for (Slot slot : slots.idleOnes()) {
            slots.move(slot, State.CLEANING);
            effects.clean(slot.no);
        }
        for (Held<A> held : live.values()) {
            slots.get(held.slot()).suspect = true;
        }
        serve(now);
    }

    private void retire(Slot slot, Retirement why) {
        counts.retired(why);
        slots.move(slot, State.RETIRING);
        effects.retire(slot.no, why);
    }

    // Policy

    /** How many connections the cluster allows this node; 1 to max. What is above falls as leases end. */
    public void setBudget(int permits, long now) {
        budget = Math.max(1, Math.min(permits, settings.max()));
        serve(now);
    }

    /** From now on only classes that may do so get leases; the others' waiters are denied. */
    public void drain(long now) {
        draining = true;
        drop(request -> !settings.classes().get(request.classNo()).admittedWhileDraining(), Denial.DRAINING);
        serve(now);
    }

    /** Nothing is granted any more, what is held is taken back, what is idle is closed. */
    public void close(long now) {
        draining = true;
        closing = true;
        drop(request -> true, Denial.DRAINING);
        for (Held<A> held : new ArrayList<>(live.values())) {
            end(held, Ending.DRAINED, now);
        }
        for (Slot slot : slots.idleOnes()) {
            retire(slot, Retirement.DRAINED);
        }
    }

    /** Looks at every deadline. */
    public void tick(long now) {
        for (Held<A> held : new ArrayList<>(live.values())) {
            look(held, now);
        }
        drop(request -> now - request.queueDeadline() >= 0, down ? Denial.DOWN : Denial.DEADLINE);
        for (Request<A> request : queues.shed(now)) {
            forget(request);
            deny(request, Denial.SHED);
        }
        tidyIdle(now);
        serve(now);
    }

    private void look(Held<A> held, long now) {
        Fence fence = held.fence();
        switch (fence.state()) {
            case RELEASED -> settle(held, false, now); // its message was lost with an earlier mailbox
            case LAPSED, REVOKED -> end(held, Ending.EXPIRED, now);
            case OFFERED -> {
                if (now - held.grantedAt() - settings.offer() >= 0 && fence.withdraw()) {
                    end(held, Ending.EXPIRED, now);
                }
            }
            case ACTIVE -> {
                if (now - fence.deadline() >= 0) {
                    end(held, Ending.EXPIRED, now);
                } else if (fence.inFlight() == 0 && now - fence.lastCallAt() - leakLimit(fence) >= 0) {
                    end(held, Ending.LEAKED, now);
                } else if (!held.warned() && now - held.warnAt() >= 0) {
                    held.setWarned(true);
                    effects.warned(held, fence.deadline() - now);
                }
            }
        }
    }

    private long leakLimit(Fence fence) {
        return fence.inTransaction() ? settings.leakInTransaction() : settings.leakOutside();
    }

    private void tidyIdle(long now) {
        for (Slot slot : slots.idleOnes()) {
            if (now - slot.recycleAt >= 0) {
                retire(slot, Retirement.RECYCLED);
            }
        }
        Slot coldest = slots.coldest();
        int open = slots.used() - slots.count(State.RETIRING);
        if (coldest != null && open > settings.size() && now - coldest.idleSince - settings.linger() >= 0) {
            retire(coldest, Retirement.SURPLUS);
        }
    }

    // Serving

    private void serve(long now) {
        while (slots.used() <= budget) {
            int free = budget - busy();
            ClassQueue<A> queue = free > 0 ? queues.next(now, free <= reserveLeft()) : null;
            Request<A> next = queue == null ? null : queue.head();
            Slot slot = queue == null || next == null ? null : fitIdle(now + next.holdNanos(), next.holdNanos());
            if (queue == null || slot == null) {
                break;
            }
            grantTo(queue.take(now), slot, now);
        }
        openForWaiters();
        for (Slot coldest = slots.coldest();
                coldest != null && slots.used() - slots.count(State.RETIRING) > budget;
                coldest = slots.coldest()) {
            retire(coldest, Retirement.SURPLUS);
        }
    }

    private int busy() {
        return slots.count(State.LEASED) + slots.count(State.CLEANING) + slots.count(State.RETIRING);
    }

    /** How many of the free permits only reserve users may have now. */
    private int reserveLeft() {
        return Math.max(0, Math.min(settings.reserved(), budget - 1) - reserveUsed);
    }

    /** An idle connection that will not be too old before the hold ends; too old ones are retired on the way. */
    private @Nullable Slot fitIdle(long until, long hold) {
        for (Slot slot = slots.warmest(); slot != null; slot = slots.warmest()) {
            // A hold that is long against the recycle age would never find a connection young enough.
            long limit = hold < settings.recycle() / 2 ? until : until - hold;
            if (limit - slot.tooOldAt < 0 && until - hold - slot.recycleAt < 0) {
                return slot;
            }
            retire(slot, Retirement.RECYCLED);
        }
        return null;
    }

    private void grantTo(Request<A> request, Slot slot, long now) {
        if (owners.holds(request.scope())) {
            forget(request);
            deny(request, Denial.NESTED);
            return;
        }
        Fence fence = new Fence(epoch, now, now + request.holdNanos());
        Held<A> held = new Held<>(++lastLeaseId, request, slot.no, fence, now);
        slots.move(slot, State.LEASED);
        live.put(held.id(), held);
        owners.hold(request.scope());
        if (usesReserve(request)) {
            reserveUsed++;
        }
        counts.granted++;
        effects.granted(held);
    }

    private boolean usesReserve(Request<A> request) {
        return queues.get(request.classNo()).policy().mayUseReserve();
    }

    /** As many openings as waiters may be served that nothing idle, opening or in cleaning will serve. */
    private void openForWaiters() {
        if (closing) {
            return;
        }
        int free = budget - busy();
        int first = Math.min(queues.waiting(true), free + slots.count(State.CLEANING));
        int others = Math.min(queues.waiting(false), Math.max(0, free - reserveLeft() - first));
        int coming = slots.count(State.OPENING) + slots.count(State.CLEANING) + slots.count(State.IDLE);
        for (int missing = first + others - coming; missing > 0 && slots.used() < budget; missing--) {
            Slot slot = slots.empty();
            if (slot == null) {
                return;
            }
            slots.move(slot, State.OPENING);
            effects.open(slot.no);
        }
    }

    // Looking on

    /** Nanoseconds until {@link #tick} has something to do, {@code Long.MAX_VALUE} for never. */
    public long untilNextLook(long now) {
        long nearest = queues.untilNextLook(now);
        for (Held<A> held : live.values()) {
            Fence fence = held.fence();
            nearest = Math.min(nearest, fence.deadline() - now);
            nearest = Math.min(nearest, untilIdleTooLong(held, now));
            if (!held.warned()) {
                nearest = Math.min(nearest, held.warnAt() - now);
            }
        }
        for (Slot slot : slots.idleOnes()) {
            nearest = Math.min(nearest, slot.recycleAt - now);
        }
        Slot coldest = slots.coldest();
        if (coldest != null && slots.used() - slots.count(State.RETIRING) > settings.size()) {
            nearest = Math.min(nearest, coldest.idleSince + settings.linger() - now);
        }
        return Math.max(0, nearest);
    }

    private long untilIdleTooLong(Held<A> held, long now) {
        Fence fence = held.fence();
        if (fence.state() == Fence.State.OFFERED) {
            return held.grantedAt() + settings.offer() - now;
        }
        // A transaction may begin right after we looked, and its limit is the shorter one.
        long again = settings.leakInTransaction();
        return fence.inFlight() > 0 ? again : Math.min(again, fence.lastCallAt() + leakLimit(fence) - now);
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

    /** Nothing is open any more, on our side or the server's. */
    public boolean isEmpty() {
        return slots.used() == 0;
    }
}
