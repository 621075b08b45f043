package dev.leasehold.lease.ledger;

/** A lease in the books, from grant to ending. */
public final class Held<A> {

    private final long id;
    private final Request<A> request;
    private final int slot;
    private final Fence fence;
    private final long grantedAt;
    private boolean warned;

    Held(long id, Request<A> request, int slot, Fence fence, long grantedAt) {
        this.id = id;
        this.request = request;
        this.slot = slot;
        this.fence = fence;
        this.grantedAt = grantedAt;
    }

    public long id() {
        return id;
    }

    public Request<A> request() {
        return request;
    }

    public int slot() {
        return slot;
    }

    public Fence fence() {
        return fence;
    }

    public long grantedAt() {
        return grantedAt;
    }

    /** Moves the deadline to so much from now, at most to the cap; false when the lease has ended. */
    boolean renew(long extraNanos, long hardCap, long now) {
        if (extraNanos <= 0 || !fence.isOpen(now)) {
            return false;
        }
        long wanted = Math.min(now - grantedAt + extraNanos, hardCap);
        if (grantedAt + wanted - fence.deadline() > 0) {
            fence.extendTo(grantedAt + wanted);
            warned = false;
        }
        return true;
    }

    /** When four fifths of the hold are over, also once the owner was warned. */
    long warnAt() {
        return fence.deadline() - (fence.deadline() - grantedAt) / 5;
    }

    boolean warned() {
        return warned;
    }

    void setWarned(boolean warned) {
        this.warned = warned;
    }
}
