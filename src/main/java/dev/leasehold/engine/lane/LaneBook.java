package dev.leasehold.engine.lane;

import dev.leasehold.engine.limit.Ask;
import dev.leasehold.engine.limit.Roster;
import dev.leasehold.engine.limit.SlotDesk;
import dev.leasehold.engine.limit.Told;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.LaneFence;
import dev.leasehold.task.StartRate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;
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
    private final LaneReads reads;
    private final SlotDesk desk;
    private LaneRules rules = LaneRules.NONE;
    private int rowsOfPiece = SlowRound.ROWS;
    private boolean ruled = true;

    /**
     * @param slotsByType attempts at once, by type
     * @param slotsOfNode attempts at once in all
     */
    public LaneBook(Map<String, Integer> slotsByType, int slotsOfNode) {
        this(slotsByType, slotsOfNode, new SlotDesk("alone"));
    }

    /** The same, under limits that hold over all nodes. */
    public LaneBook(Map<String, Integer> slotsByType, int slotsOfNode, SlotDesk desk) {
        this.desk = desk;
        slots = new Slots(slotsByType, slotsOfNode, desk);
        reads = new LaneReads(lanes, slots, strays);
    }

    /** The same, in which what waits becomes more urgent by one class for each such time; zero for never. */
    public LaneBook ageing(Duration step) {
        slots.ageing(new Ageing(step));
        return this;
    }

    /** The same, whose slow pass goes in pieces of so many rows that a cursor has read. */
    LaneBook slowPiecesOf(int rows) {
        rowsOfPiece = rows;
        return this;
    }

    /** The same, which reads nothing before it was told the rules. */
    public LaneBook awaitingRules() {
        ruled = false;
        return this;
    }

    /** The node has become the owner of a lane; what was known of it under an earlier epoch is gone. */
    public void own(LaneFence fence, @Nullable Instant cautiousUntil) {
        lose(fence.lane());
        LaneState lane = new LaneState(fence, cautiousUntil, rowsOfPiece);
        lane.keys().rates(rules.keyRates());
        lanes.put(fence.lane(), lane);
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
        if (lanes.isEmpty()) {
            desk.forget();
        }
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
        Map<String, StartRate> before = rules.keyRates();
        rules = now;
        ruled = true;
        slots.weights(now.tenantWeights());
        desk.limits(now.limits(), slots.allRunning().stream().map(Ready::task).toList());
        slots.drop(ready -> isPaused(ready.task()))
                .forEach(each -> current(each.fence()).ifPresent(lane -> lane.notDue(each.task())));
        if (!now.keyRates().equals(before)) {
            lanes.values().forEach(lane -> lane.keys().rates(now.keyRates()));
            slots.drop(this::isRated)
                    .forEach(each -> current(each.fence()).ifPresent(lane -> lane.notDue(each.task())));
        }
        if (lifted) {
            lanes.values().forEach(LaneState::fromTheBeginning);
        }
    }

    /** The rate that a run counts for; null for none. */
    public @Nullable StartRate rate(Ready run) {
        return run.task().concurrencyKey() == null
                ? null
                : rules.keyRates().get(run.task().type());
    }

    /** Whether it is written down before it starts, since its concurrency key has a rate. */
    public boolean isRated(Ready run) {
        return rate(run) != null;
    }

    /** A run under a rate starts now; that it does is in the table. */
    public void ratedStart(Ready run, Instant now) {
        rated(run, (keys, key) -> keys.started(key, run.task().type(), now));
    }

    /** Its handler began at this time, as its end tells. */
    public void began(Ready run, Instant at) {
        rated(run, (keys, key) -> keys.startedLater(key, run.task().type(), at));
    }

    private void rated(Ready run, BiConsumer<RatedKeys, String> what) {
        String key = run.task().concurrencyKey();
        if (key != null && !rules.keyRates().isEmpty()) {
            current(run.fence()).ifPresent(lane -> what.accept(lane.keys().rates(), key));
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
            state.wantSlowRound();
        }
    }

    /** To look at all lanes, with the overlap. */
    public void lookEverywhere() {
        lanes.values().forEach(LaneState::lookAgain);
    }

    /** This lane's turn in the slow pass: a piece of what lies behind its cursors. */
    public void lookSlowly(int lane) {
        LaneState state = lanes.get(lane);
        if (state != null) {
            state.slowTurn(slowPieces());
        }
    }

    /** Turns that the lane with the most pieces takes to go its slow round: as many as each gets in that time. */
    public int slowPieces() {
        return lanes.values().stream().mapToInt(LaneState::slowPieces).max().orElse(1);
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
        return reads.isUnderWay();
    }

    /** The next read, if one is wanted and none is under way. To be answered by {@link #answered} or {@link #failed}. */
    public Optional<ReadPlan> nextRead(Instant now) {
        return ruled ? reads.next(now, rules) : Optional.empty();
    }

    /**
     * The read under way came back.
     *
     * @param took from the moment when it was sent
     */
    public void answered(ReadPlan.Answer answer, Duration took) {
        reads.answered(answer, took);
    }

    /** The read under way failed: nothing was learned. */
    public void failed() {
        reads.failed();
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

    /** A limit that holds over all nodes is set. */
    public boolean isLimited() {
        return !desk.isEmpty();
    }

    /** Who owns the lanes of all nodes now. */
    public void roster(Roster roster) {
        desk.roster(roster);
    }

    /** What the owners of limits' home lanes say. */
    public void told(List<Told> told) {
        told.forEach(desk::told);
    }

    /**
     * What the owners of limits' home lanes are to hear.
     *
     * @param starts whether this node starts anything now, and so wants slots
     * @param again also what was said before and may have been lost
     */
    public List<Ask> asks(boolean starts, boolean again) {
        desk.wanted(starts ? slots.survey().wanted() : Map.of());
        return again ? desk.unsettled() : desk.news();
    }

    /** Whether a task was handed out and is not over. */
    public boolean isRunning(long task) {
        return slots.isRunning(task);
    }
}
