package dev.leasehold.task;

/**
 * Proof of the ownership under which an attempt runs, for systems outside that can compare: a greater epoch, or at the
 * same epoch a greater attempt, is the newer.
 */
public record FencingToken(int lane, long epoch, int attempt) {

    /** {@code <lane>.<epoch>.<attempt>}, as HTTP headers carry it. */
    @Override
    public String toString() {
        return lane + "." + epoch + "." + attempt;
    }
}
