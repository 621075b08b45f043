package dev.leasehold.engine.cycle;

import dev.leasehold.lease.Ticker;
import java.time.Instant;
import java.util.function.Supplier;

/**
 * What the database's clock shows now, as well as this node can tell without asking: its last answers, carried on by
 * monotonic time. Steps of this machine's wall clock do not touch it. For timers and stamps; whether something is due is
 * decided by the database alone.
 */
public final class DatabaseClock implements Supplier<Instant> {

    /** Clocks of two machines part by at most so much. */
    private static final double DRIFT = 1e-4;

    private static final long STEP_NANOS = 5_000_000;

    private final Ticker ticker;
    private long base;
    private long low;
    private long high;
    private long seenAt;
    private boolean seen;

    /** @param guess of the time now, used until the database has answered */
    public DatabaseClock(Ticker ticker, Instant guess) {
        this.ticker = ticker;
        this.base = nanos(guess) - ticker.nanos();
    }

    /** The database showed this time, at some moment between two moments here. */
    public synchronized void observe(Instant shown, long sentNanos, long receivedNanos) {
        long lowest = nanos(shown) - receivedNanos;
        long highest = nanos(shown) - sentNanos;
        long drift = (long) (DRIFT * (receivedNanos - seenAt));
        if (seen && lowest <= high + drift && highest >= low - drift) {
            low = Math.max(lowest, low - drift);
            high = Math.min(highest, high + drift);
        } else {
            low = lowest; // the first look, or the clock was set
            high = highest;
        }
        seen = true;
        seenAt = receivedNanos;
        long middle = low + (high - low) / 2;
        base = Math.abs(middle - base) > STEP_NANOS || base < low || base > high ? middle : base;
    }

    @Override
    public synchronized Instant get() {
        long now = base + ticker.nanos();
        return Instant.ofEpochSecond(Math.floorDiv(now, 1_000_000_000L), Math.floorMod(now, 1_000_000_000L));
    }

    private static long nanos(Instant instant) {
        return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
    }
}
