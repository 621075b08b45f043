package dev.leasehold.lease.ledger;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The queues of all classes; who is next among them. */
final class Queues<A> {

    private final List<ClassQueue<A>> all = new ArrayList<>();

    Queues(List<ClassPolicy> classes, long now) {
        for (ClassPolicy policy : classes) {
            all.add(new ClassQueue<>(policy, now));
        }
    }

    ClassQueue<A> get(int classNo) {
        return all.get(classNo);
    }

    /**
     * The queue whose head is served next: the longest weighted wait first. A head that has waited for t is overtaken only
     * by those that came before now - t * its weight / theirs, so every head's turn comes.
     */
    @Nullable
    ClassQueue<A> next(long now, boolean onlyReserveUsers) {
        ClassQueue<A> best = null;
        long bestClaim = -1;
        for (ClassQueue<A> queue : all) {
            if (onlyReserveUsers && !queue.policy().mayUseReserve()) {
                continue;
            }
            long claim = queue.claim(now);
            if (claim > bestClaim) {
                best = queue;
                bestClaim = claim;
            }
        }
        return best;
    }

    int waiting(boolean reserveUsers) {
        int sum = 0;
        for (ClassQueue<A> queue : all) {
            if (queue.policy().mayUseReserve() == reserveUsers) {
                sum += queue.size();
            }
        }
        return sum;
    }

    int waiting() {
        return waiting(true) + waiting(false);
    }

    List<Request<A>> all() {
        List<Request<A>> requests = new ArrayList<>();
        for (ClassQueue<A> queue : all) {
            requests.addAll(queue.requests());
        }
        return requests;
    }

    List<Request<A>> removeIf(Predicate<Request<A>> test) {
        List<Request<A>> removed = new ArrayList<>();
        for (ClassQueue<A> queue : all) {
            if (queue.size() > 0) {
                removed.addAll(queue.removeIf(test));
            }
        }
        return removed;
    }

    List<Request<A>> shed(long now) {
        List<Request<A>> shed = new ArrayList<>();
        for (ClassQueue<A> queue : all) {
            shed.addAll(queue.shed(now));
        }
        return shed;
    }

    /** Nanoseconds until the next look is due, {@code Long.MAX_VALUE} for never. */
    long untilNextLook(long now) {
        long nearest = Long.MAX_VALUE;
        for (ClassQueue<A> queue : all) {
            nearest = Math.min(nearest, queue.untilNextLook(now));
        }
        return nearest;
    }
}
