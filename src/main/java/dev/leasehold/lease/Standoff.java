package dev.leasehold.lease;

import akka.actor.typed.ActorRef;
import dev.leasehold.lease.ledger.Denial;
import dev.leasehold.lease.ledger.Ledger;
import dev.leasehold.lease.ledger.Request;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds out when all who hold leases of one pool wait for leases of the other, and all who hold those wait for the first:
 * nothing would ever move. Within one pool this cannot be, since a scope that holds does not wait there.
 *
 * <p>Only a holder's going to wait can complete such a ring. So the guardian in whose queue he waits tells the other one
 * what it sees, and that one, which sees its own side, decides. What is seen may be a moment old; then a request is denied
 * that would have been served, which is a nuisance and no harm.
 */
final class Standoff {

    /** Somebody in a queue. */
    record Waiter(long requestId, String scope, long arrivedAt) {}

    private final PoolEstate estate;
    private final Ledger<PoolGuardian.Acquire> ledger;
    private final ActorRef<PoolGuardian.Command> self;

    Standoff(PoolEstate estate, Ledger<PoolGuardian.Acquire> ledger, ActorRef<PoolGuardian.Command> self) {
        this.estate = estate;
        this.ledger = ledger;
        this.self = self;
    }

    /** To be called when somebody of this scope may have to wait. */
    void lookInto(String scope) {
        PoolEstate.Neighbour other = estate.neighbour();
        if (other != null
                && !scope.isEmpty()
                && ledger.view().isBlocked()
                && other.estate().isHeldBy(scope)) {
            other.guardian().tell(new GuardianNews.AllWait(self, holders(), waiters()));
        }
    }

    /** For rings that a passing lease has hidden when they closed. */
    void lookAgain() {
        if (ledger.view().isBlocked()) {
            waiters().stream().map(Waiter::scope).forEach(this::lookInto);
        }
    }

    /** What the other guardian sees, beside what is seen here. The one to give way is in one of the two queues. */
    void decide(GuardianNews.AllWait there, long now) {
        youngest(there.holders(), there.waiters()).ifPresent(last -> {
            giveWay(last.requestId(), now);
            there.from().tell(new GuardianNews.GiveWay(last.requestId()));
        });
    }

    void giveWay(long requestId, long now) {
        ledger.cancel(requestId, Denial.STANDOFF, now);
    }

    /** The request that has to give way in one of the two queues; empty when there is no ring. */
    private Optional<Waiter> youngest(Set<String> holdersThere, List<Waiter> waitersThere) {
        Set<String> holdersHere = holders();
        if (!ledger.view().isBlocked()
                || !scopes(waiters()).containsAll(holdersThere)
                || !scopes(waitersThere).containsAll(holdersHere)) {
            return Optional.empty();
        }
        List<Waiter> all = new ArrayList<>(waitersThere);
        all.addAll(waiters());
        return all.stream()
                .filter(each -> holdersHere.contains(each.scope()) || holdersThere.contains(each.scope()))
                .max(Comparator.comparingLong(Waiter::arrivedAt));
    }

    /** The scopes of all leases; one without a scope is in no queue, so it breaks every ring. */
    private Set<String> holders() {
        Set<String> scopes = new HashSet<>();
        estate.live().values().forEach(lease -> scopes.add(lease.scope()));
        return scopes;
    }

    private List<Waiter> waiters() {
        List<Waiter> waiters = new ArrayList<>();
        for (Request<PoolGuardian.Acquire> each : ledger.view().waitingRequests()) {
            if (!each.scope().isEmpty()) {
                waiters.add(new Waiter(each.id(), each.scope(), each.arrivedAt()));
            }
        }
        return waiters;
    }

    private static Set<String> scopes(List<Waiter> waiters) {
        Set<String> scopes = new HashSet<>();
        waiters.forEach(each -> scopes.add(each.scope()));
        return scopes;
    }
}
