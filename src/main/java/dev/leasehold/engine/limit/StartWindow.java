package dev.leasehold.engine.limit;

import dev.leasehold.task.StartRate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The last starts of one concurrency key under a rate: as many as the rate allows in a window. The next may start when the
 * oldest of them is a window ago, so that no stretch of time as long as the window holds more starts than the rate. Pure.
 */
public final class StartWindow {

    /** By so much two views of the database's clock may differ; rests are longer by it. */
    static final Duration CLOCKS_DIFFER = Duration.ofMillis(10);

    private final StartRate rate;
    private final Deque<Instant> starts = new ArrayDeque<>();

    /** @param before what has started lately, the oldest first */
    public StartWindow(StartRate rate, List<Instant> before) {
        this.rate = rate;
        before.forEach(this::started);
    }

    /** The earliest next start, by what has started until now; the far past where nothing is in its way. */
    public Instant next() {
        Instant oldest = starts.peekFirst();
        return oldest == null || starts.size() < rate.starts()
                ? Instant.MIN
                : oldest.plus(rate.window()).plus(CLOCKS_DIFFER);
    }

    /** One starts; a clock that stepped back does not make it older than the one before. */
    public void started(Instant at) {
        Instant last = starts.peekLast();
        starts.addLast(last != null && last.isAfter(at) ? last : at);
        if (starts.size() > rate.starts()) {
            starts.removeFirst();
        }
    }

    /** The last one that started did so at this time only. */
    public void startedLater(Instant at) {
        Instant last = starts.peekLast();
        if (last != null && at.isAfter(last)) {
            starts.removeLast();
            starts.addLast(at);
        }
    }

    /** Starts that are remembered. */
    public int size() {
        return starts.size();
    }

    public StartRate rate() {
        return rate;
    }
}
