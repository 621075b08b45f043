package dev.leasehold.engine.lane;

import dev.leasehold.engine.limit.LimitKey;
import dev.leasehold.engine.limit.Survey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The types that this node has handlers for.
 *
 * @param readable of which more may be read now, by priority; cut off where there are none
 * @param held without which the main cursors go on
 * @param crowded of which enough wait in memory that may start, whosever they are
 * @param resting of which nothing is read at all
 */
record TypesToRead(List<Set<String>> readable, Set<String> held, Set<String> crowded, Set<String> resting) {

    /**
     * @param resting of which nothing is to be read
     * @param withinAPause those that are more urgent than what waits were looked for a moment ago
     */
    static TypesToRead of(Slots slots, Survey survey, Set<String> resting, boolean withinAPause) {
        List<Set<String>> readable = new ArrayList<>();
        for (int priority = 0; priority < LaneState.PRIORITIES; priority++) {
            readable.add(new HashSet<>());
        }
        Set<String> crowded = new HashSet<>();
        for (String type : slots.types()) {
            if (survey.isFull(LimitKey.Kind.TYPE, type) || resting.contains(type)) {
                continue;
            }
            if (slots.room(type) == 0) {
                crowded.add(type);
            }
            for (int priority = 0; priority < LaneState.PRIORITIES; priority++) {
                if (!crowded.contains(type) || slots.room(type, priority) > 0) {
                    readable.get(priority).add(type);
                }
            }
        }
        while (!readable.isEmpty() && last(readable).isEmpty()) {
            readable.remove(readable.size() - 1);
        }
        if (readable.size() < LaneState.PRIORITIES && withinAPause) {
            readable.clear();
        }
        Set<String> held = new HashSet<>(slots.types());
        held.removeAll(last(readable));
        return new TypesToRead(readable, held, crowded, resting);
    }

    private static Set<String> last(List<Set<String>> readable) {
        return readable.isEmpty() ? Set.of() : readable.get(readable.size() - 1);
    }

    /** Those that the main cursors read: of all priorities that are read. */
    Set<String> main() {
        return last(readable);
    }

    /** Types that are read, but now by no cursor of this priority. */
    Set<String> heldAt(int priority) {
        Set<String> at = read();
        if (priority < readable.size()) {
            at.retainAll(held);
        }
        return at;
    }

    /** Those of which anything is read. */
    Set<String> read() {
        Set<String> read = new HashSet<>(main());
        read.addAll(held);
        read.removeAll(resting);
        return read;
    }

    /** True when only some priorities are read: those more urgent than what waits. */
    boolean areUrgentOnly() {
        return readable.size() < LaneState.PRIORITIES;
    }
}
