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

    /** When four fifths of the hold are over, or {@code Long.MAX_VALUE} from now when the owner was warned already. */
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
