package dev.leasehold.lease.ledger;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Books of the model's own, kept from what the ledger does; the first step that breaks a promise fails. */
abstract class LedgerBooks implements Effects<Integer> {

    static final int MAX = 4;
    static final long UNIT = 1_000;
    static final LedgerSettings SETTINGS = new LedgerSettings(
            2,
            MAX,
            1,
            400 * UNIT,
            30 * UNIT,
            5 * UNIT,
            60 * UNIT,
            8 * UNIT,
            16 * UNIT,
            0,
            0,
            List.of(
                    new ClassPolicy(16, 6, true, 0, 0, true),
                    new ClassPolicy(4, 6, false, 3 * UNIT, 20 * UNIT, false),
                    new ClassPolicy(1, 6, false, 0, 0, false)));

    final Epoch epoch = new Epoch();
    long now = -5_000 * UNIT; // nanoTime may be negative
    Ledger<Integer> ledger;
    long lastLeaseId;

    /** Requests without an answer. */
    final Map<Long, Request<Integer>> pending = new HashMap<>();

    final Map<Long, Held<Integer>> live = new HashMap<>();
    /** Leases whose holder thread is inside a call. */
    final Set<Long> inside = new HashSet<>();

    final List<Held<Integer>> ended = new ArrayList<>();
    final Map<Integer, Integer> connectionOfSlot = new HashMap<>();
    final Set<Integer> standing = new HashSet<>();
    final Set<Integer> sawRevocation = new HashSet<>();
    final Set<Integer> clean = new HashSet<>();
    final Set<Integer> outdated = new HashSet<>();
    final List<Integer> opening = new ArrayList<>();
    final List<Integer> cleaning = new ArrayList<>();
    final List<Integer> retiring = new ArrayList<>();
    final Map<Integer, Integer> retiringConnection = new HashMap<>();
    long granted;
    long endings;
    boolean draining;
    boolean closed;
    int budget = MAX;
    /** While one lease is given back, no other may end; 0 when any may. */
    long expectedEnd;

    /** Leases whose holder's release was first. */
    final Set<Long> givenBack = new HashSet<>();

    LedgerBooks() {
        epoch.next();
        ledger = newLedger(0);
    }

    final Ledger<Integer> newLedger(int left) {
        return new Ledger<>(SETTINGS, this, epoch, now, left, lastLeaseId, () -> 0.5);
    }

    /** After each step. */
    void check() {
        LedgerView<Integer> view = ledger.view();
        int used = view.idle() + view.opening() + view.leased() + view.cleaning() + view.retiring();
        require(used <= MAX, "P1: %d permits of %d in use", used, MAX);
        require(standing.size() + opening.size() <= MAX, "P5: %d connections stand", standing.size());
        require(view.leased() == live.size(), "books say %d leased, there are %d", view.leased(), live.size());
        require(view.waiting() == pending.size(), "books say %d wait, there are %d", view.waiting(), pending.size());
        require(granted == endings + live.size(), "P2: %d grants, %d endings", granted, endings);
    }

    @Override
    public void granted(Held<Integer> held) {
        Request<Integer> request = held.request();
        require(pending.remove(request.id()) != null, "P9: request %d is answered twice", request.id());
        require(!closed, "granted after close");
        require(!draining || request.classNo() == 0, "class %d is served while draining", request.classNo());
        require(held.id() > lastLeaseId, "lease id %d is used again", held.id());
        lastLeaseId = held.id();
        for (Request<Integer> other : pending.values()) {
            require(
                    other.classNo() != request.classNo() || other.id() > request.id(),
                    "P7: %d is served before %d",
                    request.id(),
                    other.id());
        }
        for (Held<Integer> other : live.values()) {
            require(other.slot() != held.slot(), "P4: slot %d is leased twice", held.slot());
            boolean nested =
                    !request.scope().isEmpty() && other.request().scope().equals(request.scope());
            require(!nested, "P13: scope %s holds two", request.scope());
        }
        checkShares(held);
        Integer connection = connectionOfSlot.get(held.slot());
        require(connection != null && standing.contains(connection), "a connection that is not there is granted");
        require(!sawRevocation.contains(connection), "P4: a connection that saw a revocation is granted");
        require(!outdated.contains(connection), "P16: a connection of an earlier start of the server is granted");
        require(clean.contains(connection), "P11: a connection is granted uncleaned");
        live.put(held.id(), held);
        granted++;
    }

    private void checkShares(Held<Integer> held) {
        int used = standing.size() + opening.size();
        require(used <= budget, "P1: granted while %d stand and the budget is %d", used, budget);
        long others = live.values().stream()
                .filter(each -> each.request().classNo() > 0)
                .count();
        int reserved = Math.min(SETTINGS.reserved(), budget - 1);
        require(
                held.request().classNo() == 0 || others < budget - reserved,
                "class %d takes from the reserve",
                held.request().classNo());
    }

    @Override
    public void denied(Request<Integer> request, Denial reason, long retryAfterNanos) {
        require(pending.remove(request.id()) != null, "P9: request %d is answered twice", request.id());
    }

    @Override
    public void warned(Held<Integer> held, long remainingNanos) {
        require(remainingNanos > 0, "lease %d is warned after its end", held.id());
    }

    @Override
    public void revoked(Held<Integer> held, Ending how) {
        require(!givenBack.contains(held.id()), "H4: lease %d is revoked after its release", held.id());
        end(held);
        require(!held.fence().enter(now), "P3: revoked lease %d lets a call in", held.id());
        sawRevocation.add(connectionOfSlot.getOrDefault(held.slot(), -1));
    }

    @Override
    public void released(Held<Integer> held) {
        require(held.fence().state() == Fence.State.RELEASED, "lease %d is settled unreleased", held.id());
        end(held);
        if (held.fence().inFlight() > 0) {
            sawRevocation.add(connectionOfSlot.getOrDefault(held.slot(), -1)); // H8: a call is still inside
        }
    }

    private void end(Held<Integer> held) {
        require(live.remove(held.id()) != null, "P2: lease %d ends twice", held.id());
        require(expectedEnd == 0 || expectedEnd == held.id(), "H5: lease %d ends with another's release", held.id());
        inside.remove(held.id());
        ended.add(held);
        endings++;
    }

    @Override
    public void open(int slot) {
        require(!connectionOfSlot.containsKey(slot), "slot %d has a connection already", slot);
        opening.add(slot);
    }

    @Override
    public void clean(int slot) {
        cleaning.add(slot);
    }

    @Override
    public void retire(int slot, Retirement why) {
        cleaning.remove((Integer) slot);
        Integer connection = connectionOfSlot.remove(slot);
        require(connection != null, "slot %d has nothing to retire", slot);
        retiringConnection.put(slot, connection);
        retiring.add(slot);
    }

    @Override
    public void ownerIdle(Object owner) {
        for (Held<Integer> each : live.values()) {
            require(!each.request().owner().equals(owner), "owner %s has leases and is not watched", owner);
        }
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation is not among our dependencies
    static void require(boolean holds, String otherwise, Object... arguments) {
        if (!holds) {
            throw new AssertionError(String.format(otherwise, arguments));
        }
    }
}
