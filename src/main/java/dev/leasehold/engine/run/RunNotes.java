package dev.leasehold.engine.run;

import dev.leasehold.engine.plan.AlertChange;
import dev.leasehold.engine.plan.LogLine;
import dev.leasehold.engine.plan.Progress;
import dev.leasehold.engine.plan.Said;
import dev.leasehold.engine.plan.Said.StoredEvent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the handler of an attempt has said so far. Filled on the handler's thread, read by anybody; bounded, since it stands
 * in memory until the end of the run is written.
 */
final class RunNotes {

    private static final int LINES_MAX = 1_000;
    private static final int ALERTS_MAX = 100;
    private static final int EVENTS_MAX = 1_000;

    private final List<String> lines = new ArrayList<>();
    private final List<AlertChange> alerts = new ArrayList<>();
    private final List<StoredEvent> events = new ArrayList<>();
    private long left;
    private @Nullable Progress progress;

    synchronized void line(String line) {
        if (lines.size() < LINES_MAX) {
            lines.add(LogLine.of(line));
        } else {
            left++;
        }
    }

    synchronized void alert(AlertChange change) {
        if (alerts.size() == ALERTS_MAX) {
            throw new IllegalStateException("a run may raise and clear at most " + ALERTS_MAX + " alerts");
        }
        alerts.add(change);
    }

    synchronized void event(StoredEvent event) {
        if (events.size() == EVENTS_MAX) {
            throw new IllegalStateException("a run may emit at most " + EVENTS_MAX + " events");
        }
        events.add(event);
    }

    synchronized void progress(Progress now) {
        progress = now;
    }

    synchronized @Nullable Progress progress() {
        return progress;
    }

    /** The lines so far, with a last one that says how many more there were. */
    synchronized List<String> lines() {
        if (left == 0) {
            return List.copyOf(lines);
        }
        List<String> all = new ArrayList<>(lines);
        all.add("… and " + left + " more lines, which were not kept");
        return all;
    }

    synchronized Said all() {
        return new Said(lines(), List.copyOf(alerts), List.copyOf(events), progress);
    }
}
