package dev.leasehold.embedded;

/**
 * Tells a process that is gone from one that only could not be seen: while one program replaces itself by the next, its
 * command line is empty for a moment, and a moment can be long on a busy machine.
 */
final class Absence {

    private final int looks;
    private int misses;

    /** @param looks that must miss it one after the other */
    Absence(int looks) {
        this.looks = looks;
    }

    /** Takes in one look; true when it is gone for sure. */
    boolean isSureAfter(boolean seen) {
        misses = seen ? 0 : misses + 1;
        return misses >= looks;
    }
}
