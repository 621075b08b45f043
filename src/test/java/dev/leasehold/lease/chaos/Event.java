package dev.leasehold.lease.chaos;

/**
 * One thing that was seen. One line of text of a history.
 *
 * @param at of the monotonic clock, in nanoseconds
 * @param who the owner, the pool, or what kind of trouble
 * @param lease by {@link #leaseKey}; 0 for none
 * @param number what {@link Kind} says
 * @param text what {@link Kind} says
 */
record Event(long at, Kind kind, String who, long lease, long number, String text) {

    /** What was seen. */
    enum Kind {
        /** An Acquire is told. Who: owner; number: request; text: {@link Asked#text}. */
        ASKED,
        /** ... has been told: what is told by others from now on comes later. Number: request. */
        TOLD,
        /** Who: owner; number: request; text: when, by the guardian's books, and the backend. */
        GRANTED,
        /** Who: owner; number: request; text: the reason. */
        DENIED,
        /** A queued request is withdrawn. Number: request. */
        CANCELLED,
        /** Told to the owner. Text: the cause. */
        REVOKED,
        /** Told to the owner. Number: wall clock in microseconds. */
        ENDED,
        /** The holder's release has returned. */
        RELEASED,
        /** After all is over. Text: state of the fence. */
        FENCE,
        /** A holder is about to call. Number: call; text: what. */
        CALL,
        /** ... has returned. Number: call; text: ok, refused, inside (revoked while inside), an SQLSTATE, or lost. */
        RETURN,
        /** A row that is in the table afterwards. Number: call; text: wall clock of its commit in microseconds. */
        ROW,
        /** What a session looked like at the start of a lease. Text: what should be, and what is. */
        SESSION,
        /** An owner has stopped for certain. */
        STOPPED,
        /** An owner lives on in its next life. Number: the life. */
        REBORN,
        /** Seen by the observer. Who: pool, or control; number: backends; text: how many there may be. */
        BACKENDS,
        /** The guardian's own account. Who: pool; number: connections of all states; text: max, granted, ended, out. */
        LEDGER,
        /** Threads of actors were looked at. Number: how many; text: the frames where one was inside JDBC or a socket. */
        STACKS,
        /** Who: pool; number: threads that were waiting in its connection source at that moment. */
        OPENERS,
        /** Trouble is made. Number: its id; who: its kind. */
        TROUBLE,
        /** ... and over. Number: its id. */
        CALM,
        /** The server was killed. */
        SERVER_DOWN,
        /** It answers again. Number: wall clock in microseconds. */
        SERVER_UP,
        /** Who: the pool. */
        GUARDIAN_FAILED,
        /** The wall clock of the pools was set. Number: by how many seconds. */
        CLOCK_SET,
        /** The whole process stood still. Number: so many nanoseconds up to now. */
        PAUSE,
        /** Number: bytes on the heap after a collection; text: live threads of the product. */
        SIZE,
        /** At the end. Who: pool; number: leases that were granted together; text: permits. */
        CAPACITY,
        /** After the close. Number: backends of this node that are left. */
        CLOSED
    }

    private static final String TAB = "\t";

    /** Ids of leases are of a pool. */
    static long leaseKey(String pool, long id) {
        return id * 2 + (pool.equals("platform") ? 1 : 0);
    }

    String line() {
        return String.join(
                TAB,
                Long.toString(at),
                kind.name(),
                who,
                Long.toString(lease),
                Long.toString(number),
                text.replaceAll("[\t\r\n]", " "));
    }

    static Event parse(String line) {
        String[] part = line.split(TAB, -1);
        return new Event(
                Long.parseLong(part[0]),
                Kind.valueOf(part[1]),
                part[2],
                Long.parseLong(part[3]),
                Long.parseLong(part[4]),
                part[5]);
    }

    /** The text of an ASKED. */
    record Asked(String pool, String leaseClass, String scope, long holdMillis, long waitMillis) {
        String text() {
            return pool + " " + leaseClass + " " + scope + " " + holdMillis + " " + waitMillis;
        }

        static Asked of(Event event) {
            String[] part = event.text().split(" ", -1);
            return new Asked(part[0], part[1], part[2], Long.parseLong(part[3]), Long.parseLong(part[4]));
        }
    }
}
