package dev.leasehold.engine.lane;

import dev.leasehold.engine.lane.ReadPlan.Piece;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.DueTasks;
import dev.leasehold.store.LaneFence;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What this node knows about its lanes: what to read next, what may start, what is in flight. Pure: the check cycle asks it
 * and tells it what came of it.
 *
 * <p>Invariants: one read at a time; a task is handed out at most once until its end is confirmed, and never while an older
 * run of it still executes here, whatever the epoch; what waits in memory is bounded.
 */
public final class LaneBook {

    private final Map<Integer, LaneState> lanes = new TreeMap<>();
    private final Slots slots;
    private final Strays strays = new Strays();
    private LaneRules rules = LaneRules.NONE;
    private boolean ruled = true;
    private @Nullable ReadPlan underWay;

    /**
     * @param slotsByType attempts at once, by type
     * @param slotsOfNode attempts at once in all
     */
    public LaneBook(Map<String, Integer> slotsByType, int slotsOfNode) {
        slots = new Slots(slotsByType, slotsOfNode);
    }

    /** The same, which reads nothing before it was told the rules. */
    public LaneBook awaitingRules() {
        ruled = false;
        return this;
    }

    /** The node has become the owner of a lane; what was known of it under an earlier epoch is gone. */
    public void own(LaneFence fence, @Nullable Instant cautiousUntil) {
        lose(fence.lane());
        lanes.put(fence.lane(), new LaneState(fence, cautiousUntil));
    }

    /** As below, if the lane is still owned by this fence. */
    public List<Ready> lose(LaneFence fence) {
        return owns(fence) ? lose(fence.lane()) : List.of();
    }

    /** The node does not own the lane any more. Returns the runs that are to be abandoned. */
    public List<Ready> lose(int lane) {
        LaneState state = lanes.remove(lane);
        if (state == null) {
            return List.of();
        }
        slots.drop(ready -> ready.fence().equals(state.fence()));
        state.running().forEach(strays::lost);
        return slots.allRunning().stream()
                .filter(ready -> ready.fence().equals(state.fence()))
                .toList();
    }

    public Collection<LaneFence> owned() {
        return lanes.values().stream().map(LaneState::fence).toList();
    }

    public boolean owns(LaneFence fence) {
        LaneState state = lanes.get(fence.lane());
        return state != null && state.fence().equals(fence);
    }

    public int waiting() {
        return slots.waiting();
    }

    public int running() {
        return slots.running();
    }

    /** What was handed out and is not over. */
    public List<Ready> allRunning() {
        return slots.allRunning();
    }

    public Map<String, Long> runningByType() {
        return slots.runningByType();
    }

    /**
     * From now on these rules hold. What waits in memory and may not start any more is forgotten; what may start again is
     * behind the cursors, which go back to the beginning for it.
     */
    public void rules(LaneRules now) {
        boolean lifted = !now.pausedQueues().containsAll(rules.pausedQueues());
        rules = now;
        ruled = true;
        slots.drop(ready -> isPaused(ready.task()))
                .forEach(each -> current(each.fence()).ifPresent(lane -> lane.notDue(each.task())));
        if (lifted) {
            lanes.values().forEach(LaneState::fromTheBeginning);
        }
    }

    private boolean isPaused(DueTask task) {
        return rules.pausedQueues().contains(task.queue());
    }

    /** What keeps a task that is active and due from starting. */
    public Obstacle obstacle(Obstacle.Question asked, Obstacle.Node node) {
        return Obstacle.of(asked, node, lanes.get(asked.lane()), ruled ? rules : null, slots, strays);
    }

    /** A task of this lane and priority is due at this time. */
    public void wake(int lane, int priority, Instant dueAt, Instant now) {
        LaneState state = lanes.get(lane);
        if (state == null) {
            return;
        }
        if (dueAt.isAfter(now)) {
            state.due(dueAt);
        } else {
            state.wake(priority, dueAt);
        }
    }

    /**
     * Somebody has changed a task: what of it waits in memory, or is being read, is old.
     *
     * @param due when it is due now; null when it is stopped
     */
    public void changed(int lane, int priority, long task, @Nullable Instant due, Instant now) {
        LaneState state = lanes.get(lane);
        if (state == null) {
            return;
        }
        if (slots.isRunning(task)) {
            // Its end finds the change. A due time now is for after it.
            if (due != null) {
                wake(lane, priority, due, now);
            }
            return;
        }
        List<Ready> waited = slots.drop(ready -> ready.task().id() == task);
        state.changed(task, priority, waited.isEmpty() ? null : waited.get(0).task(), due, reading());
    }

    /** Something was enqueued in this lane, by a transaction that may have lasted: near the cursor or far behind it. */
    public void notified(int lane) {
        LaneState state = lanes.get(lane);
        if (state != null) {
            state.lookAgain();
            state.wantSlow();
        }
    }

    /** To look at all lanes, with the overlap. */
    public void lookEverywhere() {
        lanes.values().forEach(LaneState::lookAgain);
    }

    /** The next piece of the slow pass: this lane, from its beginning. */
    public void lookSlowly(int lane) {
        LaneState state = lanes.get(lane);
        if (state != null) {
            state.wantSlow();
        }
    }

    /** The earliest time at which something is to be read by itself; null when none is known. */
    public @Nullable Instant earliest() {
        Instant earliest = null;
        for (LaneState each : lanes.values()) {
            Instant due = each.earliest();
            earliest = due != null && (earliest == null || due.isBefore(earliest)) ? due : earliest;
        }
        return earliest;
    }

    public boolean reading() {
        return underWay != null;
    }

    /** The next read, if one is wanted and none is under way. To be answered by {@link #answered} or {@link #failed}. */
    public Optional<ReadPlan> nextRead(Instant now) {
        if (underWay != null || !ruled) {
            return Optional.empty();
        }
        slots.giveUp().forEach(each -> current(each.fence()).ifPresent(lane -> lane.giveUp(each.task())));
        Set<String> readable = new HashSet<>();
        Set<String> held = new HashSet<>();
        slots.types().forEach(type -> (slots.room(type) > 0 ? readable : held).add(type));
        List<Piece> pieces = new ArrayList<>();
        List<DueTasks.FreeKey> keys = new ArrayList<>();
        List<String> busy = new ArrayList<>();
        Map<Long, ReadPlan.Own> own = new HashMap<>();
        Set<Integer> nextDue = new HashSet<>();
        for (LaneState lane : lanes.values()) {
            lane.tick(now);
            if (!readable.isEmpty()) {
                Pieces.of(lane, readable, held, pieces);
            }
            busy.addAll(lane.busyKeys());
            lane.takeFreeKeys().forEach(key -> keys.add(new DueTasks.FreeKey(lane.fence(), key)));
            lane.takeOwnDue(now).forEach((id, due) -> own.put(id, new ReadPlan.Own(lane.fence(), due)));
            if (lane.takeNextDueWanted()) {
                nextDue.add(lane.fence().lane());
            }
        }
        Map<Long, LaneFence> checks = new HashMap<>();
        slots.takeToCheck().forEach(each -> checks.put(each.task().id(), each.fence()));
        ReadPlan plan = new ReadPlan(
                Pieces.limited(pieces, slots), readable, rules.pausedQueues(), busy, keys, own, checks, nextDue);
        if (plan.isEmpty()) {
            return Optional.empty();
        }
        plan.pieces().forEach(piece -> {
            if (piece.cursor() != null) {
                piece.cursor().sent();
            }
        });
        lanes.values().forEach(LaneState::forgetConfirmed);
        underWay = plan;
        return Optional.of(plan);
    }

    /** The read under way came back. */
    public void answered(ReadPlan.Answer answer) {
        ReadPlan plan = over();
        Instant now = answer.read().now();
        for (int i = 0; i < plan.pieces().size(); i++) {
            piece(plan.pieces().get(i), answer.read().byCursor().get(i), now);
        }
        for (DueTasks.FreeKey key : plan.freeKeys()) {
            current(key.fence()).ifPresent(lane -> lane.release(List.of(key.key())));
        }
        for (DueTask task : answer.byKey()) {
            if (plan.freeKeys().stream().anyMatch(key -> key.fence().lane() == task.lane() && owns(key.fence()))) {
                offer(task, now);
            }
        }
        own(plan, answer.byId(), now);
        checked(plan, answer.byId(), now);
        for (int no : plan.nextDueLanes()) {
            LaneState lane = lanes.get(no);
            Instant due = answer.nextDue().get(no);
            if (lane != null && due != null) {
                lane.due(due);
            }
        }
    }

    private void own(ReadPlan plan, List<DueTask> rows, Instant now) {
        plan.own().forEach((id, own) -> {
            if (own.due().isAfter(now)) {
                // Our estimate of the database's clock was ahead of it: a moment later, then.
                current(own.fence()).ifPresent(lane -> lane.putOwn(id, own.due()));
            }
        });
        for (DueTask task : rows) {
            ReadPlan.Own own = plan.own().get(task.id());
            if (own != null && owns(own.fence())) {
                offer(task, now);
            }
        }
    }

    private void checked(ReadPlan plan, List<DueTask> rows, Instant now) {
        if (plan.checks().isEmpty()) {
            return;
        }
        Map<Long, DueTask> found = new HashMap<>();
        rows.forEach(row -> found.put(row.id(), row));
        for (Ready old : slots.checked(found, now)) {
            DueTask row = found.get(old.task().id());
            if (row == null) {
                current(old.fence()).ifPresent(lane -> lane.notDue(old.task()));
            } else {
                slots.add(new Ready(row, old.fence(), old.cautious()), now);
            }
        }
    }

    private void piece(Piece piece, List<DueTask> rows, Instant now) {
        if (lanes.get(piece.lane().fence().lane()) != piece.lane()) {
            return; // lost while the read was under way; what it saw is older than the new ownership
        }
        boolean full = rows.size() >= piece.limit();
        Position last = rows.isEmpty() ? null : positionOf(rows.get(rows.size() - 1));
        if (piece.cursor() == null) {
            piece.lane().slowAnswered(piece.priority(), last, full);
            if (full && rows.stream().anyMatch(row -> !piece.lane().knows(row.id()))) {
                piece.lane().wantSlow(); // there is something behind the cursor: on with it at once
            }
        } else {
            piece.cursor().answered(last, full, now);
            if (piece.type() != null && !piece.cursor().wanted()) {
                piece.lane().caughtUp(piece.type(), piece.priority());
            }
        }
        rows.forEach(row -> offer(row, now));
    }

    private static Position positionOf(DueTask task) {
        return new Position(task.dueAt(), task.id());
    }

    private void offer(DueTask task, Instant now) {
        LaneState lane = lanes.get(task.lane());
        if (lane == null) {
            return;
        }
        if (!isPaused(task) && !strays.holdsBack(task) && lane.offer(task)) {
            slots.add(new Ready(task, lane.fence(), lane.cautious(now)), now);
        }
    }

    /** The read under way failed: nothing was learned. */
    public void failed() {
        ReadPlan plan = over();
        slots.notChecked();
        for (Piece piece : plan.pieces()) {
            if (piece.cursor() != null) {
                piece.cursor().failed();
            }
        }
        for (DueTasks.FreeKey key : plan.freeKeys()) {
            current(key.fence()).ifPresent(lane -> lane.freeAgain(List.of(key.key())));
        }
        plan.own().forEach((id, own) -> current(own.fence()).ifPresent(lane -> lane.putOwn(id, own.due())));
        plan.nextDueLanes().forEach(no -> Optional.ofNullable(lanes.get(no)).ifPresent(LaneState::wantNextDue));
    }

    private ReadPlan over() {
        ReadPlan plan = underWay;
        if (plan == null) {
            throw new IllegalStateException("no read is under way");
        }
        underWay = null;
        return plan;
    }

    private Optional<LaneState> current(LaneFence fence) {
        return Optional.ofNullable(lanes.get(fence.lane()))
                .filter(lane -> lane.fence().equals(fence));
    }

    /** Those that may start now, at most so many; each holds a slot until {@link #ended}. */
    public List<Ready> start(int most, Instant now) {
        List<Ready> started = slots.start(
                most,
                now,
                fence -> current(fence).filter(lane -> lane.cautious(now)).isPresent());
        for (Ready ready : started) {
            current(ready.fence()).ifPresent(lane -> lane.started(ready.task().id()));
        }
        return started;
    }

    /**
     * A run is over, its end written, found written, or refused for good.
     *
     * @param due when its task is due again, as far as this node has set it
     */
    public void ended(Ready run, @Nullable Instant due) {
        slots.ended(run.task().id());
        Optional<LaneState> lane = current(run.fence());
        lane.ifPresent(state -> state.confirmed(run.task(), due, reading()));
        strays.ended(run.task().id()).ifPresent(this::readAnew);
    }

    /** A run is over, but its thread is still inside the handler: its task must not start here before it has left. */
    public void strayed(long task) {
        strays.stayed(task, slots.isRunning(task)).ifPresent(this::readAnew);
    }

    /** The thread of such a run has left. */
    public void gone(long task) {
        strays.left(task, slots.isRunning(task)).ifPresent(this::readAnew);
    }

    /** What was read while its task could not start may have changed since. */
    private void readAnew(DueTask row) {
        Optional.ofNullable(lanes.get(row.lane())).ifPresent(lane -> lane.putOwn(row.id(), row.dueAt()));
    }

    /** Whether a task was handed out and is not over. */
    public boolean isRunning(long task) {
        return slots.isRunning(task);
    }
}
