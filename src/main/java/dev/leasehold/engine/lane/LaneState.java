package dev.leasehold.engine.lane;

import dev.leasehold.engine.limit.LimitKey;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.LaneFence;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the owner knows of one lane: how far it has read, what is in flight, which keys are busy. A cache of the table, to be
 * thrown away with the ownership.
 */
final class LaneState {

    static final int PRIORITIES = 4;

    /** Due times that the owner set behind its own cursor; more than these are left to a cursor that goes back. */
    private static final int OWN_MAX = 1_000;

    private enum Stage {
        READY,
        RUNNING,
        CONFIRMED
    }

    private final LaneFence fence;
    private final ReadCursor[] main = cursors(Position.START);
    private final Lagging lagging = new Lagging();
    private final Map<Long, Stage> inFlight = new HashMap<>();
    private final List<Long> confirmed = new ArrayList<>();
    private final LaneKeys keys = new LaneKeys();
    private final Map<Long, Instant> own = new HashMap<>();
    private final SlowRound[] slow = new SlowRound[PRIORITIES];
    private final PassedOver passed = new PassedOver();
    private final Returning returning = new Returning();
    private final Ahead ahead = new Ahead();
    private boolean nextDueWanted = true;
    private @Nullable Instant nextDue;
    private @Nullable Instant cautiousUntil;

    /** @param rowsOfPiece rows that a cursor has read, of a piece of the slow pass */
    LaneState(LaneFence fence, @Nullable Instant cautiousUntil, int rowsOfPiece) {
        this.fence = fence;
        this.cautiousUntil = cautiousUntil;
        Arrays.setAll(slow, priority -> new SlowRound(rowsOfPiece));
    }

    private static ReadCursor[] cursors(Position from) {
        ReadCursor[] cursors = new ReadCursor[PRIORITIES];
        for (int priority = 0; priority < PRIORITIES; priority++) {
            cursors[priority] = new ReadCursor(from);
        }
        return cursors;
    }

    LaneFence fence() {
        return fence;
    }

    boolean cautious(Instant now) {
        return cautiousUntil != null && now.isBefore(cautiousUntil);
    }

    // --- cursors

    PassedOver passed() {
        return passed;
    }

    Returning returning() {
        return returning;
    }

    Ahead ahead() {
        return ahead;
    }

    ReadCursor main(int priority) {
        return main[priority];
    }

    Lagging lagging() {
        return lagging;
    }

    /** Where the cursors stand that come to tasks of these types: before it, only the slow pass finds what nobody read. */
    Position unread(int priority, Collection<String> types) {
        return lagging.first(priority, types, returning.first(priority, main[priority].at()));
    }

    /** Something is due at this time, or was. */
    void wake(int priority, Instant dueAt) {
        if (readFrom(priority, dueAt)) {
            ahead.due(priority, Position.before(dueAt), unread(priority, lagging.types()));
        }
    }

    /** False where that was long ago, so that another cursor than the main one comes to it. */
    private boolean readFrom(int priority, Instant dueAt) {
        Position place = Position.before(dueAt);
        if (place.compareTo(main[priority].settled()) < 0) {
            goBack(priority, place, null);
            return false;
        }
        main[priority].wake(dueAt);
        lagging.wake(priority, dueAt);
        return true;
    }

    /** More may be read of what was passed over from this place on for a limit. */
    void comeBack(int priority, Position place, LimitKey limit) {
        if (place.compareTo(main[priority].at()) < 0) {
            goBack(priority, place, limit);
        } else {
            main[priority].goBack(place); // it stands before it, and reads on
        }
    }

    /** A read of a cursor for all types was answered: what was due long ago and came meanwhile does not undo it. */
    void answered(int priority, ReadCursor cursor, @Nullable Position last, boolean full, Instant now) {
        Position back = cursor.takeBack();
        cursor.answered(last, full, now);
        if (back == null) {
            return;
        }
        if (cursor == main[priority] && back.compareTo(cursor.settled()) >= 0) {
            cursor.goBack(back);
        } else {
            goBack(priority, back, null);
        }
    }

    private void goBack(int priority, Position place, @Nullable LimitKey limit) {
        if (returning.to(priority, place, limit)) {
            slow[priority].wantRound(); // however often the other one starts anew
        }
    }

    /** Something that was passed over may start again, and nobody knows where it stands. */
    void fromTheBeginning() {
        for (int priority = 0; priority < PRIORITIES; priority++) {
            readFrom(priority, Instant.EPOCH);
        }
    }

    void lookAgain() {
        for (ReadCursor each : main) {
            each.lookAgain();
        }
        nextDueWanted = true;
    }

    // --- the slow pass

    SlowRound slow(int priority) {
        return slow[priority];
    }

    /**
     * A turn of the lane in the slow pass.
     *
     * @param turns of each lane in the time of a round
     */
    void slowTurn(int turns) {
        for (SlowRound each : slow) {
            each.turn(turns);
        }
    }

    /** All of the lane, as soon as may be. */
    void wantSlowRound() {
        for (SlowRound each : slow) {
            each.wantRound();
        }
    }

    /** Looks that a round takes in the priority that takes most. */
    int slowPieces() {
        return Arrays.stream(slow).mapToInt(SlowRound::pieces).max().orElse(1);
    }

    // --- what is in flight

    /** Takes a row that was read; false when it is in flight already, or its key is busy. */
    boolean offer(DueTask task, Instant now) {
        if (inFlight.containsKey(task.id()) || !keys.take(task, now)) {
            return false;
        }
        inFlight.put(task.id(), Stage.READY);
        return true;
    }

    void started(long task) {
        inFlight.replace(task, Stage.RUNNING);
    }

    boolean knows(long task) {
        return inFlight.containsKey(task);
    }

    /** Tasks that were handed out and are not confirmed. */
    List<Long> running() {
        return inFlight.entrySet().stream()
                .filter(entry -> entry.getValue() == Stage.RUNNING)
                .map(Map.Entry::getKey)
                .toList();
    }

    /**
     * The end of a run is in the table. Its entry stays until the next read is sent: one that is under way may have seen
     * the row as it was before.
     *
     * @param due when the task is due again; null when it is not
     * @param reading a read is under way
     */
    void confirmed(DueTask task, @Nullable Instant due, boolean reading) {
        if (inFlight.replace(task.id(), Stage.CONFIRMED) != null) {
            confirmed.add(task.id());
        }
        keys.free(task);
        if (due != null) {
            dueAgain(task.id(), task.priority(), due, reading);
        }
    }

    private void dueAgain(long task, int priority, Instant due, boolean reading) {
        boolean behind = reading || due.compareTo(main[priority].at().dueAt()) <= 0;
        if (!behind) {
            due(due);
        } else if (own.size() < OWN_MAX) {
            own.put(task, due);
        } else {
            wake(priority, due);
            due(due); // the cursor that went back may be sent before it
        }
    }

    /**
     * Somebody has changed a task that is not running. Like a confirmed one, it is not taken from a read that is under way.
     *
     * @param waited as it waited in memory; null when it did not
     * @param due when it is due now; null when it is not
     */
    void changed(long task, int priority, @Nullable DueTask waited, @Nullable Instant due, boolean reading) {
        if (waited != null) {
            keys.free(waited);
        }
        if (waited != null || (reading && !inFlight.containsKey(task))) {
            inFlight.put(task, Stage.CONFIRMED);
            confirmed.add(task);
        }
        if (due != null) {
            dueAgain(task, priority, due, reading);
        }
    }

    /** A task that waited is not due any more, as another look has shown. */
    void notDue(DueTask task) {
        inFlight.remove(task.id());
        keys.free(task);
        nextDueWanted = true;
    }

    /** A task that waited is to be read again later: its type's cursor goes back to it. */
    void giveUp(DueTask task) {
        inFlight.remove(task.id());
        Position place = Position.before(task.dueAt());
        lagging.leaveBehind(task.type(), task.priority(), Position.min(place, main[task.priority()].at()));
    }

    /** A read is sent: whatever it returns was read after these were confirmed. */
    void forgetConfirmed() {
        confirmed.forEach(inFlight::remove);
        confirmed.clear();
    }

    // --- keys

    LaneKeys keys() {
        return keys;
    }

    // --- what is due next

    void due(Instant due) {
        nextDue = nextDue == null || due.isBefore(nextDue) ? due : nextDue;
    }

    /** The lane's next due time was read. */
    void nextDue(@Nullable Instant due) {
        nextDue = due;
    }

    boolean takeNextDueWanted() {
        boolean was = nextDueWanted;
        nextDueWanted = false;
        return was;
    }

    void wantNextDue() {
        nextDueWanted = true;
    }

    /** Wants reads of what has become due by now. */
    void tick(Instant now) {
        keys.tick(now);
        Instant due = nextDue;
        if (due == null || due.isAfter(now)) {
            return;
        }
        nextDue = null;
        for (int priority = 0; priority < PRIORITIES; priority++) {
            // A read may have passed this time before the row was visible: our clock can be behind the database's.
            main[priority].wake(due);
            ahead.due(priority, Position.before(due), unread(priority, lagging.types()));
        }
        nextDueWanted = true;
    }

    /** The earliest time at which something is to be read; null when none is known. */
    @Nullable
    Instant earliest() {
        Instant earliest = nextDue;
        Instant rested = keys.rates().earliest();
        if (earliest == null || (rested != null && rested.isBefore(earliest))) {
            earliest = rested;
        }
        for (Instant due : own.values()) {
            earliest = earliest == null || due.isBefore(earliest) ? due : earliest;
        }
        return earliest;
    }

    /** Own due times that have come, by task. */
    Map<Long, Instant> takeOwnDue(Instant now) {
        if (own.isEmpty()) {
            return Map.of();
        }
        Map<Long, Instant> come = new HashMap<>(own);
        come.values().removeIf(due -> due.isAfter(now));
        own.keySet().removeAll(come.keySet());
        return come;
    }

    void putOwn(long task, Instant due) {
        own.put(task, due);
    }
}
