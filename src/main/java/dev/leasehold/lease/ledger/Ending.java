package dev.leasehold.lease.ledger;

/** How a lease ended; each lease ends exactly once. */
public enum Ending {
    /** The holder gave it back in time. */
    RELEASED("released"),
    /** Its deadline passed, or nobody claimed the offer. */
    EXPIRED("expired"),
    /** It was held without any call for longer than the leak limit. */
    LEAKED("leaked"),
    /** The owner stopped, or a newer life of it asked again. */
    OWNER_DIED("owner_died"),
    /** The pool stops. */
    DRAINED("revoked"),
    /** The guardian restarted. */
    GUARDIAN_RESTARTED("revoked");

    private final String label;

    Ending(String label) {
        this.label = label;
    }

    /** As metrics and the record of revoked leases name it. */
    public String label() {
        return label;
    }
}
