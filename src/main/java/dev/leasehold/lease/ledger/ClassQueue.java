package dev.leasehold.lease.ledger;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Requests of one class, first in, first out, with controlled delay where the class asks for it. */
final class ClassQueue<A> {

    private final ClassPolicy policy;
    private final Deque<Request<A>> waiting = new ArrayDeque<>();
    private long intervalEnd;
    private long shortestWait = Long.MAX_VALUE;
    private boolean overloaded;

    ClassQueue(ClassPolicy policy, long now) {
        this.policy = policy;
        this.intervalEnd = now + policy.codelIntervalNanos();
    }

    ClassPolicy policy() {
        return policy;
    }

    int size() {
        return waiting.size();
    }

    boolean isFull() {
        return waiting.size() >= policy.queueLimit();
    }

    void add(Request<A> request) {
        waiting.addLast(request);
    }

    @Nullable
    Request<A> head() {
        return waiting.peekFirst();
    }

    Collection<Request<A>> requests() {
        return waiting;
    }

    /** Weighted wait of the head; at least its weight. */
    long claim(long now) {
        Request<A> head = waiting.peekFirst();
        return head == null ? -1 : (Math.max(0, now - head.arrivedAt()) + 1) * policy.weight();
    }

    Request<A> take(long now) {
        Request<A> head = waiting.removeFirst();
        shortestWait = Math.min(shortestWait, now - head.arrivedAt());
        return head;
    }

    /** Removes those that the test names, in order. */
    List<Request<A>> removeIf(Predicate<Request<A>> test) {
        List<Request<A>> removed = new ArrayList<>();
        for (Iterator<Request<A>> each = waiting.iterator(); each.hasNext(); ) {
            Request<A> request = each.next();
            if (test.test(request)) {
                each.remove();
                removed.add(request);
            }
        }
        return removed;
    }

    /** Those to be shed now: the class was overloaded for a whole interval and they waited too long already. */
    List<Request<A>> shed(long now) {
        if (policy.codelTargetNanos() == 0) {
            return List.of();
        }
        if (now - intervalEnd >= 0) {
            Request<A> head = waiting.peekFirst();
            long shortest = head == null ? 0 : Math.min(shortestWait, now - head.arrivedAt());
            overloaded = shortest > policy.codelTargetNanos();
            shortestWait = Long.MAX_VALUE;
            intervalEnd = now + policy.codelIntervalNanos();
        }
        return overloaded ? removeIf(request -> now - request.arrivedAt() > 2 * policy.codelTargetNanos()) : List.of();
    }

    /** Nanoseconds until something here must be looked at, {@code Long.MAX_VALUE} for never. */
    long untilNextLook(long now) {
        long nearest = Long.MAX_VALUE;
        for (Request<A> request : waiting) {
            nearest = Math.min(nearest, request.queueDeadline() - now);
        }
        if (policy.codelTargetNanos() > 0 && !waiting.isEmpty()) {
            nearest = Math.min(nearest, Math.max(0, intervalEnd - now));
            if (overloaded) {
                nearest = Math.min(nearest, policy.codelTargetNanos());
            }
        }
        return nearest;
    }

    long oldestWait(long now) {
        Request<A> head = waiting.peekFirst();
        return head == null ? 0 : now - head.arrivedAt();
    }
}
