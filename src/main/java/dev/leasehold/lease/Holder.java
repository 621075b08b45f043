package dev.leasehold.lease;

import org.jspecify.annotations.Nullable;

/**
 * Who wants a lease, as a person would name him: what the list of leases and the record of a revoked one show.
 *
 * @param actor path of the owning actor, or a name for the node's own work
 * @param task null where no task is behind it, as are run, type and tenant
 * @param own its statements are the node's, every one: it heeds nothing that such a statement leaves in a session
 */
public record Holder(
        String actor,
        @Nullable String task,
        @Nullable String run,
        @Nullable String type,
        @Nullable String tenant,
        boolean own) {

    /** The work of a task. */
    public Holder(
            String actor, @Nullable String task, @Nullable String run, @Nullable String type, @Nullable String tenant) {
        this(actor, task, run, type, tenant, false);
    }

    /** Anybody's work beside the tasks, by name: its statements may be any. */
    public static Holder named(String name) {
        return new Holder(name, null, null, null, null, false);
    }

    /** The node's own work, by name: all its statements are in our source. */
    public static Holder node(String name) {
        return new Holder(name, null, null, null, null, true);
    }
}
