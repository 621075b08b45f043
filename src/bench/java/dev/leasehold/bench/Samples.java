package dev.leasehold.bench;

import java.util.Arrays;

/** Measured durations in nanoseconds, and their quantiles. */
final class Samples {

    private final long[] sorted;

    private Samples(long[] sorted) {
        this.sorted = sorted;
    }

    static Samples of(long[] nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return new Samples(sorted);
    }

    /** The smallest value that so many of all do not exceed; NaN when there is none. */
    double nanos(double quantile) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        int rank = (int) Math.ceil(quantile * sorted.length) - 1;
        return sorted[Math.max(0, rank)];
    }

    double millis(double quantile) {
        return nanos(quantile) / 1e6;
    }

    double micros(double quantile) {
        return nanos(quantile) / 1e3;
    }
}
