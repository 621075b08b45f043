package dev.leasehold.lease;

import org.jspecify.annotations.Nullable;

/**
 * Who wants a lease, as a person would name him: what the list of leases and the record of a revoked one show.
 *
 * @param actor path of the owning actor, or a name for the node's own work
 * @param task null where no task is behind it, as are run, type and tenant
 * @param session what it asks of the session
 */
public record Holder(
        String actor,
        @Nullable String task,
        @Nullable String run,
        @Nullable String type,
        @Nullable String tenant,
        Session session) {

    /** What a holder asks of the session that it is given. */
    public enum Session {
        /** As at its start: the statements may be anybody's. */
        AS_NEW,
        /** The statements are the node's, every one: they heed no number that such a statement drew. */
        OWN,
        /** The same, and whatever else the node's own work has set there may be as it is. */
        AS_IS,
        /**
         * The same, and plans are made once and read no table whole: for the few statements that are sent hundreds of times a
         * second, to tables that are empty at one moment and full at the next.
         */
        TUNED
    }

    /** The work of a task. */
    public Holder(
            String actor, @Nullable String task, @Nullable String run, @Nullable String type, @Nullable String tenant) {
        this(actor, task, run, type, tenant, Session.AS_NEW);
    }

    /** Anybody's work beside the tasks, by name: its statements may be any. */
    public static Holder named(String name) {
        return new Holder(name, null, null, null, null, Session.AS_NEW);
    }

    /** The node's own work, by name: all its statements are in our source. */
    public static Holder node(String name) {
        return node(name, Session.OWN);
    }

    /** The node's own work, by name, on a session of that kind. */
    public static Holder node(String name, Session session) {
        return new Holder(name, null, null, null, null, session);
    }

    /** All its statements are in our source. */
    boolean own() {
        return session != Session.AS_NEW;
    }
}
