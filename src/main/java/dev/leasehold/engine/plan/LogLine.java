package dev.leasehold.engine.plan;

/** A line of a run's log as it is kept: cut, storable, and without what looks like a secret. */
public final class LogLine {

    private static final int LENGTH_MAX = 2_000;

    private LogLine() {}

    /** Masked before it is cut, so that no half of a secret is left over. */
    public static String of(String line) {
        String start = line.length() <= 4 * LENGTH_MAX ? line : line.substring(0, 4 * LENGTH_MAX);
        return String.valueOf(Texts.storable(Secrets.masked(start), LENGTH_MAX));
    }
}
