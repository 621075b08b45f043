package dev.leasehold.lease.ledger;

import dev.leasehold.lease.ledger.Slot.State;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
    private final Slots slots;
    private final Queues<A> queues;
    private final Permits<A> permits;
    private final Stock<A> stock;
    private final Lookout lookout;
    private final LedgerView<A> view;
    private final Map<Long, Held<A>> live = new HashMap<>();
    private final Owners owners = new Owners();
    private final LedgerCounts counts = new LedgerCounts();
    private long lastLeaseId;
    private boolean draining;
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
        this.slots = new Slots(settings.max(), retiring);
        this.lastLeaseId = firstLeaseId;
        this.queues = new Queues<>(settings.classes(), now);
        this.permits = new Permits<>(settings, slots, queues);
        this.stock = new Stock<>(settings, effects, slots, permits, counts, random);
        this.lookout = new Lookout(settings, slots);
        this.view = new LedgerView<>(slots, queues, live, counts);
    }

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
        if (stock.isClosing() || (draining && !queue.policy().admittedWhileDraining())) {
            return Denial.DRAINING;
        }
        Denial denial = owners.refusal(request, settings);
        if (denial == null && refusing && view.usable() == 0) {
            return Denial.DOWN;
        }
        if (denial == null && now - request.queueDeadline() >= 0) {
            return Denial.DEADLINE;
        }
        return denial == null && queue.isFull() ? Denial.QUEUE_FULL : denial;
    }

    /** Takes a request out of the queue, with or without an answer; nothing happens when it is not there any more. */
    public void cancel(long requestId, @Nullable Denial answer, long now) {
        drop(request -> request.id() == requestId, answer);
        serve(now);
    }

    /** Ends all that the owner holds and waits for. */
    public void ownerGone(Object owner, long now) {
        drop(request -> request.owner().equals(owner), null);
        for (Held<A> held : new ArrayList<>(live.values())) {
            if (held.request().owner().equals(owner)) {
                end(held, Ending.OWNER_DIED, now);
            }
        }
        serve(now);
    }

    private void drop(Predicate<Request<A>> test, @Nullable Denial denial) {
        drop(queues.removeIf(test), denial);
    }

    private void drop(List<Request<A>> requests, @Nullable Denial denial) {
        requests.forEach(request -> {
            forget(request);
            if (denial != null) {
                deny(request, denial);
            }
        });
    }

    private void deny(Request<A> request, Denial reason) {
        counts.denied(reason);
        effects.denied(request, reason, reason.retryAfterNanos());
    }

    private void forget(Request<A> request) {
        if (owners.remove(request)) {
            effects.ownerIdle(request.owner());
        }
    }

    /** The holder gave the lease back. Unknown ids are counted and change nothing. */
    public void release(long leaseId, long now) {
        Held<A> held = live.get(leaseId);
        if (held == null) {
            counts.lateReleases++;
            return;
        }
        held.fence().release();
        if (held.fence().state() != Fence.State.RELEASED) {
            end(held, Ending.EXPIRED, now);
        } else {
            settle(held, now);
        }
        serve(now);
    }

    private void settle(Held<A> held, long now) {
        remove(held);
        counts.ended(Ending.RELEASED);
        Slot slot = slots.get(held.slot());
        effects.released(held);
        forget(held.request());
        boolean fit = held.fence().inFlight() == 0 && !held.fence().isBroken();
        if (!stock.retireIfMust(slot, fit, now)) {
            if (permits.isOverBudget()) {
                stock.retire(slot, Retirement.SURPLUS);
            } else if (!held.fence().isTouched() && !slot.suspect) {
                stock.keep(slot, now);
            } else {
                stock.clean(slot);
            }
        }
    }

    /** Moves the deadline; never beyond the hard cap, never of a lease that has ended. */
    public boolean renew(long leaseId, long extraNanos, long now) {
        Held<A> held = live.get(leaseId);
        return held != null && held.renew(extraNanos, settings.hardCap(), now);
    }

    /** Ends a lease from our side; a release that came first wins and is settled as such. */
    private void end(Held<A> held, Ending how, long now) {
        if (!held.fence().revoke()) {
            settle(held, now);
            return;
        }
        remove(held);
        counts.ended(how);
        effects.revoked(held, how);
        forget(held.request());
        stock.retire(slots.get(held.slot()), Retirement.REVOKED);
    }

    private void remove(Held<A> held) {
        live.remove(held.id());
        owners.letGo(held.request().scope());
        permits.givenBack(held.request().classNo());
    }

    /** The slot's connection is there; one that is not fit is destroyed at once. */
    public void opened(int no, boolean fit, long now) {
        counts.opened++;
        down = refusing = false;
        stock.fill(slots.get(no), fit, now);
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
        if (!stock.retireIfMust(slot, fit, now)) {
            stock.keep(slot, now);
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
        slots.idleOnes().forEach(stock::clean);
        live.values().forEach(held -> slots.get(held.slot()).suspect = true);
        serve(now);
    }

    /** The server was started anew, or is another one: idle connections are destroyed, others when they come back. */
    public void newGeneration(long now) {
        stock.outdate();
        serve(now);
    }

    /** How many connections the cluster allows this node; 1 to max. What is above falls as leases end. */
    public void setBudget(int budget, long now) {
        permits.setBudget(budget);
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
        stock.close();
        drop(request -> true, Denial.DRAINING);
        for (Held<A> held : new ArrayList<>(live.values())) {
            end(held, Ending.DRAINED, now);
        }
        stock.retireIdle(Retirement.DRAINED);
    }

    /** The books end here: whoever waits is denied and must ask again. Answers with their ids. */
    public Set<Long> abandon() {
        Set<Long> waiting = new HashSet<>();
        drop(request -> waiting.add(request.id()), Denial.DOWN);
        return waiting;
    }

    /** Looks at every deadline. */
    public void tick(long now) {
        for (Held<A> held : new ArrayList<>(live.values())) {
            look(held, now);
        }
        drop(request -> now - request.queueDeadline() >= 0, down ? Denial.DOWN : Denial.DEADLINE);
        drop(queues.shed(now), Denial.SHED);
        stock.tidyIdle(now);
        serve(now);
    }

    private void look(Held<A> held, long now) {
        if (held.fence().state() == Fence.State.RELEASED) {
            settle(held, now); // its message was lost with an earlier mailbox
            return;
        }
        Ending due = lookout.ending(held, now);
        if (due != null) {
            end(held, due, now);
        } else if (!held.warned() && now - held.warnAt() >= 0) {
            held.setWarned(true);
            effects.warned(held, held.fence().deadline() - now);
        }
    }

    private void serve(long now) {
        for (ClassQueue<A> queue = permits.nextServed(now); queue != null; queue = permits.nextServed(now)) {
            Request<A> head = queue.head();
            Slot slot = head == null ? null : stock.fitIdle(now, head.holdNanos());
            if (slot == null) {
                break;
            }
            grantTo(queue.take(now), slot, now);
        }
        stock.adjust();
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
        permits.taken(request.classNo());
        counts.granted++;
        effects.granted(held);
    }

    /** Nanoseconds until {@link #tick} has something to do, {@code Long.MAX_VALUE} for never. */
    public long untilNextLook(long now) {
        return Math.max(0, Math.min(queues.untilNextLook(now), lookout.untilNextLook(live.values(), now)));
    }

    public LedgerView<A> view() {
        return view;
    }
}
