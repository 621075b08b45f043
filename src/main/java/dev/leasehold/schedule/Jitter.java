package dev.leasehold.schedule;

import java.time.Instant;

/** Spreads due times without chance: the same seed and time give the same delay, on every node and at every try. */
final class Jitter {

    private Jitter() {}

    /** A delay in milliseconds from 0 up to, not including, {@code below}. */
    static long millis(long seed, Instant time, long below) {
        return below <= 1 ? 0 : Math.floorMod(mix(mix(seed) + time.toEpochMilli()), below);
    }

    /** Spreads the bits of a number so that neighbours have nothing in common (the finisher of SplitMix64). */
    private static long mix(long number) {
        long mixed = number + 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
