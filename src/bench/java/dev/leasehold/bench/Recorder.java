package dev.leasehold.bench;

import java.util.Arrays;
import java.util.List;

/**
 * Durations that one owner measured, one after the other; not for two threads at a time. When there are more than memory
 * should hold, every second one is dropped, and from then on only every second one is kept.
 */
final class Recorder {

    private static final int MOST = 1 << 18;

    private long[] nanos = new long[64];
    private int size;
    private int everyOf = 1;
    private int passed;
    private long measured;

    void add(long value) {
        measured++;
        if (++passed < everyOf) {
            return;
        }
        passed = 0;
        if (size == MOST) {
            thin();
        } else if (size == nanos.length) {
            nanos = Arrays.copyOf(nanos, 2 * size);
        }
        nanos[size++] = value;
    }

    private void thin() {
        for (int i = 0; i < size / 2; i++) {
            nanos[i] = nanos[2 * i + 1];
        }
        size /= 2;
        everyOf *= 2;
    }

    /** How many there were, also those that were dropped. */
    long measured() {
        return measured;
    }

    static Samples all(List<Recorder> recorders) {
        return Samples.of(recorders.stream()
                .flatMapToLong(recorder -> Arrays.stream(recorder.nanos, 0, recorder.size))
                .toArray());
    }
}
