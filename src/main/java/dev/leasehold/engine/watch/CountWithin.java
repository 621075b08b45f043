package dev.leasehold.engine.watch;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** By how much a counter has grown within the last while. What it stood at when first seen counts as nothing. */
final class CountWithin {

    private record Change(long at, long total) {}

    private final long within;
    /** The first one is the last change before the while began. */
    private final Deque<Change> changes = new ArrayDeque<>();

    CountWithin(Duration within) {
        this.within = within.toNanos();
    }

    long see(long total, long now) {
        if (changes.isEmpty() || changes.getLast().total() != total) {
            changes.addLast(new Change(now, total));
        }
        Change before = changes.removeFirst();
        while (!changes.isEmpty() && now - changes.getFirst().at() >= within) {
            before = changes.removeFirst();
        }
        changes.addFirst(before);
        return total - before.total();
    }
}
