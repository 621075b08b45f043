package dev.leasehold.lease;

/** What tests in other packages may see of a lease. */
public final class LeaseEyes {

    private LeaseEyes() {}

    /** Pid and start of the server process behind it: never used twice. */
    public static String backend(Lease lease) {
        return lease.server().pid() + " " + lease.server().startedAt();
    }

    /** By the guardian's books, of the ticker. */
    public static long grantedAt(Lease lease) {
        return lease.grantedAt();
    }

    /** Where its fence stands. */
    public static String fence(Lease lease) {
        return lease.fence().state().name();
    }
}
