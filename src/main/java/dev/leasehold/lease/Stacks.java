package dev.leasehold.lease;

/** Stack traces as text, short enough to be stored. */
final class Stacks {

    private static final int FRAMES_MAX = 40;

    private Stacks() {}

    static String of(Thread thread) {
        return text(thread.getName() + " " + thread.getState(), thread.getStackTrace(), 0);
    }

    /** Without the innermost frames that belong to this package. */
    static String ofCaller(String thread, StackTraceElement[] frames) {
        int first = 0;
        while (first < frames.length && frames[first].getClassName().startsWith("dev.leasehold.lease.")) {
            first++;
        }
        return text(thread, frames, first == frames.length ? 0 : first);
    }

    private static String text(String headline, StackTraceElement[] frames, int first) {
        StringBuilder text = new StringBuilder(headline);
        for (int no = first; no < frames.length && no < first + FRAMES_MAX; no++) {
            text.append("\n  at ").append(frames[no]);
        }
        return text.toString();
    }
}
