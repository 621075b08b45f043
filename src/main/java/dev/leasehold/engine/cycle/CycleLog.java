package dev.leasehold.engine.cycle;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.engine.flush.Settled;
import dev.leasehold.store.Completion;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.Json;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Collects what a recorded check cycle saw, and keeps the records until they are written: the number of events equals the
 * number of cycles, also when the database was away. A record opens with the first task found and closes when all is done,
 * or after a while. Pure.
 */
final class CycleLog {

    /** Records that wait to be written; beyond that the newest takes later ones in. */
    private static final int WAITING_MAX = 1_000;

    private static final Duration LONGEST = Duration.ofSeconds(1);

    private static final class Counts {
        private long found;
        private long executed;
        private long failed;
        private long skipped;
        private long retried;
    }

    private Map<String, Counts> byType = new TreeMap<>();
    private boolean open;
    private long openedAt;
    private final Deque<String> waiting = new ArrayDeque<>();
    private boolean writing;

    /** A run was handed out; {@code found} the first time, a further attempt is among the retried. */
    void started(DueTask task, boolean found, long nowNanos) {
        if (!open) {
            open = true;
            openedAt = nowNanos;
        }
        Counts counts = of(task.type());
        if (found) {
            counts.found++;
        }
    }

    void settled(Settled settled) {
        if (!settled.isRecorded()) {
            return;
        }
        Completion completion = settled.completion();
        Counts counts = of(settled.run().task().type());
        if (!completion.isFinal()) {
            counts.retried++;
            return;
        }
        switch (completion.outcome()) {
            case "success", "partial" -> counts.executed++;
            case "failed" -> counts.failed++;
            case "skipped" -> counts.skipped++;
            default -> {} // cancelled: in the history, not in the cycle
        }
    }

    private Counts of(String type) {
        return byType.computeIfAbsent(type, t -> new Counts());
    }

    /** Closes the record when all is done or its time is over; true when there is one to write. */
    boolean close(boolean drained, Duration interval, long nowNanos) {
        if (open && (drained || nowNanos - openedAt >= LONGEST.toNanos())) {
            add(Duration.ofNanos(nowNanos - openedAt), interval);
        }
        return !waiting.isEmpty();
    }

    /** A look found nothing to do. */
    void idle(Duration took, Duration interval) {
        if (!open) {
            add(took, interval);
        }
    }

    private void add(Duration took, Duration interval) {
        if (waiting.size() < WAITING_MAX) {
            waiting.add(record(took, interval));
            byType = new TreeMap<>();
        }
        open = false;
    }

    private String record(Duration took, Duration interval) {
        Counts all = new Counts();
        ObjectNode types = Json.MAPPER.createObjectNode();
        byType.forEach((type, counts) -> {
            ObjectNode one = types.putObject(type);
            put(one, counts);
            all.found += counts.found;
            all.executed += counts.executed;
            all.failed += counts.failed;
            all.skipped += counts.skipped;
            all.retried += counts.retried;
        });
        ObjectNode json = Json.MAPPER.createObjectNode();
        put(json, all);
        json.put("duration_ms", took.toMillis()).put("interval_ms", interval.toMillis());
        json.set("by_type", types);
        return Json.write(json);
    }

    private static void put(ObjectNode json, Counts counts) {
        json.put("found", counts.found).put("executed", counts.executed).put("failed", counts.failed);
        json.put("skipped", counts.skipped).put("retried", counts.retried);
    }

    boolean isAnyUnwritten() {
        return open || !waiting.isEmpty();
    }

    /** The next record to write, if none is being written. */
    @Nullable
    String next() {
        if (writing || waiting.isEmpty()) {
            return null;
        }
        writing = true;
        return waiting.peek();
    }

    void written() {
        writing = false;
        waiting.poll();
    }

    void notWritten() {
        writing = false;
    }
}
