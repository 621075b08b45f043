package dev.leasehold.lease;

/**
 * Monotonic time, for every deadline and duration here; its values mean something only as differences. Wall time is for
 * display alone.
 */
@FunctionalInterface
public interface Ticker {

    /** The machine's. */
    Ticker SYSTEM = System::nanoTime;

    long nanos();
}
