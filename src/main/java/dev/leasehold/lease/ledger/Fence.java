package dev.leasehold.lease.ledger;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The part of a lease that its holder's threads and the guardian share.
 *
 * <pre>
 *   OFFERED --claim--> ACTIVE --release--> RELEASED
 *      |                 |-----revoke----> REVOKED
 *      |                 '-----enter after the deadline--> LAPSED   (closed by the holder's own call)
 *      |--release--> RELEASED
 *      '--revoke---> REVOKED
 * </pre>
 *
 * One compare-and-set decides each step, so of a release and a revocation exactly one wins. Calls are counted before the
 * state is looked at: once revoked and {@link #inFlight} is 0, no call is inside and none can come.
 */
public final class Fence {

    /** Where a lease stands. */
    public enum State {
        OFFERED,
        ACTIVE,
        RELEASED,
        REVOKED,
        LAPSED
    }

    private static final int OFFERED = 0;
    private static final int ACTIVE = 1;
    private static final int RELEASED = 2;
    private static final int REVOKED = 3;
    private static final int LAPSED = 4;

    private final AtomicInteger state = new AtomicInteger(OFFERED);
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final Epoch epoch;
    private final int bornIn;
    private volatile long deadline;
    private volatile long lastCallAt;
    private volatile boolean inTransaction;
    private volatile boolean broken;
    private volatile boolean touched;
    private volatile boolean spoiled;
    private volatile boolean settled;

    /** A fence of the epoch's current life. */
    public Fence(Epoch epoch, long now, long deadline) {
        this.epoch = epoch;
        this.bornIn = epoch.current();
        this.deadline = deadline;
        this.lastCallAt = now;
    }

    public State state() {
        return switch (state.get()) {
            case OFFERED -> State.OFFERED;
            case ACTIVE -> State.ACTIVE;
            case RELEASED -> State.RELEASED;
            case REVOKED -> State.REVOKED;
            default -> State.LAPSED;
        };
    }

    /** Takes up the offer; false when it was taken back before. Claiming twice is no fault. */
    public boolean claim() {
        return state.compareAndSet(OFFERED, ACTIVE) || state.get() == ACTIVE;
    }

    /** True for the one call that ends the lease from the holder's side. */
    public boolean release() {
        return state.compareAndSet(ACTIVE, RELEASED) || state.compareAndSet(OFFERED, RELEASED);
    }

    /** True when the lease is closed by revocation after this call, and not by a release that was first. */
    public boolean revoke() {
        while (true) {
            int seen = state.get();
            if (seen == RELEASED) {
                return false;
            }
            if (seen == REVOKED || seen == LAPSED || state.compareAndSet(seen, REVOKED)) {
                return true;
            }
        }
    }

    /** Revokes only what nobody took up. */
    public boolean withdraw() {
        return state.compareAndSet(OFFERED, REVOKED);
    }

    /** Before each call into the driver. After true, {@link #exit} must follow; after false nothing may be called. */
    public boolean enter(long now) {
        inFlight.incrementAndGet();
        if (mayCall(now)) {
            if (!touched) {
                touched = true;
            }
            return true;
        }
        inFlight.decrementAndGet();
        refused.incrementAndGet();
        return false;
    }

    private boolean mayCall(long now) {
        if (epoch.current() != bornIn || !claim()) {
            return false;
        }
        if (now - deadline >= 0) {
            state.compareAndSet(ACTIVE, LAPSED);
            return false;
        }
        return true;
    }

    /** After each call that was let in. */
    public void exit(long now, boolean transactionOpen) {
        inTransaction = transactionOpen;
        lastCallAt = now;
        inFlight.decrementAndGet();
    }

    /** The server or the socket is gone: the connection must not be used again. True the first time. */
    public boolean markBroken() {
        boolean first = !broken;
        broken = true;
        return first;
    }

    /** The session may not be as it was: a call was let in, and it was not shown that this left nothing behind. */
    public boolean isTouched() {
        return touched && (spoiled || !settled || inTransaction);
    }

    /** A call that may leave something in the session is about to go out. For good. */
    public void spoil() {
        spoiled = true;
    }

    public boolean isSpoiled() {
        return spoiled;
    }

    /** The holder has shown that his calls left nothing behind. A call that spoils, or begins a transaction, is still seen. */
    public void settle() {
        settled = true;
    }

    public boolean isBroken() {
        return broken;
    }

    /** True after a revocation, by whichever side, and in the guardian's next life. */
    public boolean isTakenBack() {
        int seen = state.get();
        return seen == REVOKED || seen == LAPSED || epoch.current() != bornIn;
    }

    /** The same, but not by a release that came first. */
    public boolean isRevoked() {
        int seen = state.get();
        return seen == REVOKED || seen == LAPSED;
    }

    /** True until released, revoked, lapsed, or the guardian's next life. */
    public boolean isOpen(long now) {
        return isNotEnded() && now - deadline < 0;
    }

    /** The same without a look at the clock: true up to the first call, or the guardian's look, after the deadline. */
    public boolean isNotEnded() {
        int seen = state.get();
        return (seen == OFFERED || seen == ACTIVE) && epoch.current() == bornIn;
    }

    public int inFlight() {
        return inFlight.get();
    }

    /** Calls that came after the end. */
    public int refused() {
        return refused.get();
    }

    public long deadline() {
        return deadline;
    }

    void extendTo(long newDeadline) {
        deadline = newDeadline;
    }

    /** End of the last call, or the grant when there was none. */
    public long lastCallAt() {
        return lastCallAt;
    }

    public boolean inTransaction() {
        return inTransaction;
    }
}
