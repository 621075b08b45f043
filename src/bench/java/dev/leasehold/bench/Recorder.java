package dev.leasehold.bench;

import java.util.Arrays;
import java.util.List;

/** Durations that one owner measured, one after the other; not for two threads at a time. */
final class Recorder {

    private long[] nanos = new long[64];
    private int size;

    void add(long value) {
        if (size == nanos.length) {
            nanos = Arrays.copyOf(nanos, 2 * size);
        }
        nanos[size++] = value;
    }

    static Samples all(List<Recorder> recorders) {
        return Samples.of(recorders.stream()
                .flatMapToLong(recorder -> Arrays.stream(recorder.nanos, 0, recorder.size))
                .toArray());
    }
}
