package dev.leasehold.lease.ledger;

import dev.leasehold.lease.ledger.Slot.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The permits of a pool and how many are in which state; idle ones are taken last in, first out. */
@SuppressWarnings("EnumOrdinal") // counts by state live in memory only, and this is the hot path
final class Slots {

    private final List<Slot> all = new ArrayList<>();
    private final Deque<Slot> idle = new ArrayDeque<>();
    private final int[] counts = new int[State.values().length];

    /** The first {@code retiring} slots stand for connections of an earlier guardian that are not yet gone. */
    Slots(int max, int retiring) {
        for (int no = 0; no < max; no++) {
            Slot slot = new Slot(no);
            slot.state = no < retiring ? State.RETIRING : State.EMPTY;
            counts[slot.state.ordinal()]++;
            all.add(slot);
        }
    }

    Slot get(int no) {
        return all.get(no);
    }

    int count(State state) {
        return counts[state.ordinal()];
    }

    /** Slots that hold a permit. */
    int used() {
        return all.size() - count(State.EMPTY);
    }

    void move(Slot slot, State to) {
        if (slot.state == State.IDLE) {
            idle.remove(slot);
        }
        counts[slot.state.ordinal()]--;
        slot.state = to;
        counts[to.ordinal()]++;
        if (to == State.IDLE) {
            idle.push(slot);
        }
    }

    /** The one that became idle last. */
    @Nullable
    Slot warmest() {
        return idle.peekFirst();
    }

    /** The one that has been idle longest. */
    @Nullable
    Slot coldest() {
        return idle.peekLast();
    }

    @Nullable
    Slot empty() {
        for (Slot slot : all) {
            if (slot.state == State.EMPTY) {
                return slot;
            }
        }
        return null;
    }

    /** Those whose connection is in use or being reset. */
    List<Slot> busyOnes() {
        return all.stream()
                .filter(slot -> slot.state == State.LEASED || slot.state == State.CLEANING)
                .toList();
    }

    List<Slot> idleOnes() {
        return new ArrayList<>(idle);
    }
}
