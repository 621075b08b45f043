package dev.leasehold.bench;

import java.util.Arrays;
import java.util.List;

/**
 * Durations that one owner measured, one after the other; not for two threads at a time. When there are more than memory
 * should hold, every second one is dropped, and from then on only every second one is kept.
 */
final class Recorder {

    /** Of all owners of a turn together. */
    private static final int MOST = 1 << 19;

    private final int most;
    private long[] nanos = new long[64];
    private int size;
    private int everyOf = 1;
    private int passed;
    private long measured;

    /** @param owners that record in the same turn */
    Recorder(int owners) {
        most = Math.max(nanos.length, MOST / owners);
    }

    void add(long value) {
        measured++;
        if (++passed < everyOf) {
            return;
        }
        passed = 0;
        if (size == most) {
            thin();
        } else if (size == nanos.length) {
            nanos = Arrays.copyOf(nanos, Math.min(2 * size, most));
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
