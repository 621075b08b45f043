package dev.leasehold.engine.lane;

import java.time.Instant;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The slots of one type and who waits for them: which one is next.
 *
 * <p>What waits for long counts as more urgent ({@link Ageing}). Among what counts alike, the more urgent by itself goes first,
 * but no more than {@link #PASSED_MAX} starts in a row go past an aged one: neither keeps the other waiting for ever.
 */
final class SlotsOfType {

    /** Starts of more urgent ones that may pass over what has become as urgent by its age. */
    static final int PASSED_MAX = 3;

    /**
     * What holds for one round of starts.
     *
     * @param dueBy by {@link Ageing#dueBy}
     * @param asOfNow what is to be known of one before it starts
     * @param may whether this one may
     * @param toCheck gets those that are to be looked at again before any starts
     */
    record Round(
            Instant now,
            List<Instant> dueBy,
            UnaryOperator<Ready> asOfNow,
            Predicate<Ready> may,
            List<Ready> toCheck) {}

    private final IntSupplier slots;
    private final WaitingTasks waiting;
    private final int[] passed = new int[LaneState.PRIORITIES];
    private int running;
    private boolean holds;

    SlotsOfType(IntSupplier slots, ToIntFunction<String> weights) {
        this.slots = slots;
        this.waiting = new WaitingTasks(weights);
    }

    int limit() {
        return slots.getAsInt();
    }

    WaitingTasks waiting() {
        return waiting;
    }

    int running() {
        return running;
    }

    void taken() {
        running++;
    }

    void ended() {
        running--;
    }

    /** Whether no more starts in this round, since the next one is first to be looked at: others would take its slot each time. */
    boolean holds() {
        return holds;
    }

    void nextRound() {
        holds = false;
    }

    /** Takes one that counts as so urgent: first what was passed over for long enough, then the more urgent by themselves. */
    @Nullable
    Ready next(int urgency, Round round) {
        Ready ready = null;
        for (int priority = LaneState.PRIORITIES - 1; priority > urgency && ready == null && !holds; priority--) {
            if (passed[priority] >= PASSED_MAX && mayHaveAged(priority, urgency, round)) {
                ready = aged(priority, urgency, round);
                passed[priority] = holds ? passed[priority] : 0;
            }
        }
        if (ready == null && !holds) {
            ready = waiting.poll(urgency, round);
            holds = waiting.kept();
        }
        for (int priority = urgency + 1; priority < LaneState.PRIORITIES && ready == null && !holds; priority++) {
            ready = mayHaveAged(priority, urgency, round) ? aged(priority, urgency, round) : null;
        }
        if (ready != null) {
            passedOver(ready.task().priority(), urgency, round);
        }
        return ready;
    }

    private @Nullable Ready aged(int priority, int urgency, Round round) {
        Ready ready = waiting.pollAged(priority, round.dueBy().get(priority - urgency), round);
        holds = waiting.kept();
        return ready;
    }

    private boolean mayHaveAged(int priority, int urgency, Round round) {
        return waiting.mayHaveAged(priority, round.dueBy().get(priority - urgency));
    }

    private void passedOver(int started, int urgency, Round round) {
        passed[started] = 0;
        for (int priority = started + 1; priority < LaneState.PRIORITIES; priority++) {
            passed[priority] += mayHaveAged(priority, urgency, round) ? 1 : 0;
        }
    }
}
