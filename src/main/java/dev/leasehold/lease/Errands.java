package dev.leasehold.lease;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The calls of {@link Leases} of one pool that wait for their lease or work under it. For any thread. */
final class Errands {

    /** One call. */
    interface Errand {
        /** It has its lease, which is claimed; sees to it that the lease is given back, whatever happens. */
        void start(Lease lease);

        /** Ends the waiting, if it has not ended yet. */
        void fail(LeaseException failure);
    }

    private final Map<Long, Errand> waiting = new ConcurrentHashMap<>();
    private final Map<Long, Errand> working = new ConcurrentHashMap<>();

    /** Before its request is sent. */
    void await(long requestId, Errand errand) {
        waiting.put(requestId, errand);
    }

    /** Nobody waits for the answer any more; a lease that comes all the same is given back. False when it came before. */
    boolean forget(long requestId) {
        return waiting.remove(requestId) != null;
    }

    void granted(long requestId, Lease lease) {
        Errand errand = waiting.remove(requestId);
        if (errand == null) {
            lease.release();
            return;
        }
        lease.claim();
        working.put(lease.id(), errand);
        errand.start(lease);
    }

    /** The work under the lease is over. */
    void done(Lease lease) {
        working.remove(lease.id());
    }

    void denied(LeaseEvent.Denied denied) {
        Errand errand = waiting.remove(denied.requestId());
        if (errand != null) {
            errand.fail(denied.toException());
        }
    }

    void revoked(LeaseEvent.LeaseRevoked revoked) {
        Errand errand = working.remove(revoked.leaseId());
        if (errand != null) {
            errand.fail(revoked.toException());
        }
    }

    int waiting() {
        return waiting.size();
    }
}
