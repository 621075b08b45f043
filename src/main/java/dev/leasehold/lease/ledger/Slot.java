package dev.leasehold.lease.ledger;

/** One permit of the pool and, unless EMPTY, the connection behind it. */
final class Slot {

    /**
     * EMPTY to OPENING to IDLE to LEASED to CLEANING to IDLE; from all that have a socket to RETIRING; only a backend seen
     * gone leads from there to EMPTY.
     */
    enum State {
        EMPTY,
        OPENING,
        IDLE,
        LEASED,
        CLEANING,
        RETIRING
    }

    final int no;
    State state = State.EMPTY;
    /** When a connection must be replaced; drawn at its opening. */
    long recycleAt;
    /** No lease may start that could still be held at this time. */
    long tooOldAt;

    long idleSince;
    /** Must be validated before it is used again. */
    boolean suspect;
    /** Of an earlier start of the server: must not be used again. */
    boolean outdated;

    Slot(int no) {
        this.no = no;
    }

    /** A connection was opened; up to a tenth of its age is left to chance, so that not all are replaced together. */
    void fill(long now, long recycle, double chance) {
        tooOldAt = now + recycle;
        recycleAt = tooOldAt - (long) (recycle * 0.1 * chance);
        idleSince = now;
        suspect = false;
        outdated = false;
    }
}
