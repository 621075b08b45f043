package dev.leasehold.lease.ledger;

import java.util.ArrayList;
import java.util.List;

/** A ledger with everything around it played by hand: owners, opener, cleaning, undertaker and clock, driven by numbers. */
final class LedgerModel extends LedgerBooks {

    private static final int OWNERS = 4;

    private final long[] lives = new long[OWNERS];
    private long requestIds;
    private int connectionIds;

    long granted() {
        return granted;
    }

    /** One thing happens, picked by the number. */
    void step(int number) {
        int pick = Math.floorMod(number, 1_000_003);
        int kind = pick % 32;
        int which = pick / 32;
        switch (kind) {
            case 0, 1, 2, 3, 4, 5 -> acquire(which);
            case 6, 7 -> open(which, true);
            case 8 -> open(which, which % 4 > 0);
            case 9, 10, 11 -> finishCleaning(which);
            case 12, 13, 14 -> bury(which);
            case 15, 16, 17 -> claim(which);
            case 18, 19 -> call(which);
            case 20, 21 -> endCall(which);
            case 22, 23, 24 -> release(which);
            case 25 -> lateRelease(which);
            case 26 -> ownerGone(which);
            case 27 -> cancel(which);
            case 28 -> renew(which);
            case 29 -> pass(which % 7 == 0 ? 40 * UNIT : which % 7 * UNIT);
            case 30 -> seldom(which);
            default -> tick();
        }
        check();
    }

    private void seldom(int which) {
        switch (which % 7) {
            case 0 -> {
                budget = 1 + which / 7 % MAX;
                ledger.setBudget(budget, now);
            }
            case 1 -> ledger.suspectAll(now);
            case 2 -> ledger.serverDown(which / 7 % 2 == 0, now);
            case 3 -> restartGuardian();
            case 4 -> {
                if (which % 5 == 0) {
                    draining = true;
                    ledger.drain(now);
                }
            }
            case 5 -> {
                outdated.addAll(standing);
                ledger.newGeneration(now);
            }
            default -> pass(200 * UNIT);
        }
    }

    private void pass(long time) {
        now += time;
    }

    private void tick() {
        ledger.tick(now);
        for (Request<Integer> each : pending.values()) {
            require(now - each.queueDeadline() < 0, "P9: request %d waits beyond its deadline", each.id());
        }
        for (Held<Integer> each : live.values()) {
            require(now - each.fence().deadline() < 0, "lease %d lives beyond its deadline", each.id());
            boolean idle =
                    each.fence().state() == Fence.State.ACTIVE && each.fence().inFlight() == 0;
            require(
                    !idle || now - each.fence().lastCallAt() < SETTINGS.leakOutside(),
                    "lease %d leaks unseen",
                    each.id());
            require(
                    each.fence().state() != Fence.State.OFFERED || now - each.grantedAt() < SETTINGS.offer(),
                    "offer %d stays",
                    each.id());
        }
    }

    private void acquire(int which) {
        int owner = which % OWNERS;
        if (which / OWNERS % 16 == 0) {
            lives[owner]++;
            pending.values().removeIf(request -> request.owner().equals(owner));
        }
        int classNo = which / 64 % 3;
        String scope = which % 5 == 0 ? "scope" + which / 128 % 3 : "";
        long id = ++requestIds;
        Request<Integer> request = new Request<>(
                id,
                owner,
                lives[owner],
                classNo,
                (1 + which / 256 % 50) * UNIT,
                now + (1 + which % 40) * UNIT,
                scope,
                null,
                null,
                now,
                owner);
        pending.put(id, request);
        ledger.acquire(request, now);
    }

    private static <T> int index(int which, List<T> list) {
        return which % list.size();
    }

    private void open(int which, boolean works) {
        if (!opening.isEmpty()) {
            int slot = opening.remove(index(which, opening));
            if (works) {
                int connection = ++connectionIds;
                standing.add(connection);
                clean.add(connection);
                connectionOfSlot.put(slot, connection);
                boolean fit = which / 4 % 8 > 0;
                if (!fit) {
                    outdated.add(connection); // the server went away while this one was made
                }
                ledger.opened(slot, fit, now);
            } else {
                ledger.openFailed(slot, now);
            }
        }
    }

    private void finishCleaning(int which) {
        if (!cleaning.isEmpty()) {
            int slot = cleaning.remove(index(which, cleaning));
            boolean fit = which % 8 > 0;
            if (fit) {
                clean.add(connectionOfSlot.getOrDefault(slot, -1));
            }
            ledger.cleaned(slot, fit, now);
        }
    }

    private void bury(int which) {
        if (!retiring.isEmpty()) {
            int slot = retiring.remove(index(which, retiring));
            standing.remove(retiringConnection.remove(slot));
            ledger.gone(slot, now);
        }
    }

    private Held<Integer> any(int which) {
        List<Held<Integer>> all = new ArrayList<>(live.values());
        return all.get(index(which, all));
    }

    private void claim(int which) {
        if (!live.isEmpty()) {
            any(which).fence().claim();
        }
    }

    private void call(int which) {
        if (!live.isEmpty()) {
            Held<Integer> held = any(which);
            if (!inside.contains(held.id()) && held.fence().enter(now)) {
                inside.add(held.id());
                clean.remove(connectionOfSlot.getOrDefault(held.slot(), -1));
            }
        }
    }

    private void endCall(int which) {
        if (!live.isEmpty()) {
            Held<Integer> held = any(which);
            if (inside.remove(held.id())) {
                held.fence().exit(now, which % 2 == 0);
            }
        }
    }

    private void release(int which) {
        if (!live.isEmpty()) {
            Held<Integer> held = any(which);
            boolean first = held.fence().release();
            if (first) {
                givenBack.add(held.id());
            }
            if (which % 8 > 0 || !first) { // one in eight messages is lost
                expectedEnd = held.id();
                ledger.release(held.id(), now);
                expectedEnd = 0;
            }
        }
    }

    private void lateRelease(int which) {
        if (!ended.isEmpty()) {
            Held<Integer> old = ended.get(index(which, ended));
            require(!old.fence().enter(now), "P3: ended lease %d lets a call in", old.id());
            expectedEnd = old.id();
            ledger.release(old.id(), now);
            expectedEnd = 0;
        }
    }

    private void ownerGone(int which) {
        Integer owner = which % OWNERS;
        pending.values().removeIf(request -> request.owner().equals(owner));
        ledger.ownerGone(owner, now);
        for (Held<Integer> each : live.values()) {
            require(!each.request().owner().equals(owner), "P8: lease %d outlives its owner", each.id());
        }
    }

    private void cancel(int which) {
        if (!pending.isEmpty()) {
            List<Long> ids = new ArrayList<>(pending.keySet());
            long id = ids.get(index(which, ids));
            pending.remove(id);
            ledger.cancel(id, null, now);
        }
    }

    private void renew(int which) {
        if (!live.isEmpty()) {
            Held<Integer> held = any(which);
            ledger.renew(held.id(), which % 100 * UNIT, now);
            require(
                    held.fence().deadline() - held.grantedAt() <= SETTINGS.hardCap(),
                    "lease %d beyond the cap",
                    held.id());
        }
    }

    /** As the guardian does it: a new epoch, and every standing connection is seen off under the first slots. */
    private void restartGuardian() {
        epoch.next();
        lastLeaseId = Math.max(lastLeaseId, granted);
        for (Held<Integer> each : live.values()) {
            require(!each.fence().enter(now), "H19: lease %d of an old epoch lets a call in", each.id());
            sawRevocation.add(connectionOfSlot.getOrDefault(each.slot(), -1));
            ended.add(each);
            endings++;
        }
        live.clear();
        inside.clear();
        ledger.abandon();
        require(pending.isEmpty(), "P9: %s are forgotten with the guardian", pending.keySet());
        opening.clear();
        cleaning.clear();
        retiring.clear();
        retiringConnection.clear();
        connectionOfSlot.clear();
        int slot = 0;
        for (Integer connection : standing) {
            retiringConnection.put(slot, connection);
            retiring.add(slot++);
        }
        ledger = newLedger(slot);
        budget = MAX;
        draining = false;
    }

    /** All goes well from now on: everybody gives back, nothing may be left over. */
    void settle() {
        for (int round = 0; round < 200; round++) {
            for (Held<Integer> each : new ArrayList<>(live.values())) {
                if (inside.remove(each.id())) {
                    each.fence().exit(now, false);
                }
                each.fence().release();
                ledger.release(each.id(), now);
            }
            open(0, true);
            finishCleaning(1);
            bury(0);
            pass(UNIT);
            tick();
            check();
        }
        require(pending.isEmpty(), "P10: %s still wait after all was given back", pending.keySet());
        require(live.isEmpty(), "leases %s still live", live.keySet());
        closed = true;
        ledger.close(now);
        for (int round = 0; round < 2 * MAX && !ledger.view().isEmpty(); round++) {
            open(0, true);
            finishCleaning(1);
            bury(0);
            check();
        }
        require(ledger.view().isEmpty(), "P18: something is still open after the close");
        require(granted == endings, "P2: %d grants, %d endings", granted, endings);
    }
}
