package dev.leasehold.lease.ledger;

/** What the ledger wants done. Called in order, from within the ledger's methods; must not call back into it. */
public interface Effects<A> {

    /** Hand the slot's connection to the requester. */
    void granted(Held<A> held);

    /** Tell the requester. */
    void denied(Request<A> request, Denial reason, long retryAfterNanos);

    /** Four fifths of the hold are over. */
    void warned(Held<A> held, long remainingNanos);

    /** Tell the owner; {@link #retire} of the slot follows. */
    void revoked(Held<A> held, Ending how);

    /** Open a connection for the slot; answered by {@link Ledger#opened} or {@link Ledger#openFailed}. */
    void open(int slot);

    /** Reset the session and see that it is alive; answered by {@link Ledger#cleaned}. */
    void clean(int slot);

    /** Destroy the connection and see that its backend is gone; answered by {@link Ledger#gone}. */
    void retire(int slot, Retirement why);

    /** A lease that was released in time; its slot is cleaned or retired next. */
    void released(Held<A> held);

    /** The owner needs no watch for the time being. */
    void ownerIdle(Object owner);
}
