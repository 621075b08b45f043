package dev.leasehold.lease;

import java.util.Locale;

/** The two pools of a node: Leasehold's own tables, and the users' data. */
public enum PoolName {
    PLATFORM,
    USERDATA;

    /** As configuration, API and metrics write it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The pool of this label.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static PoolName of(String label) {
        for (PoolName pool : values()) {
            if (pool.label().equals(label)) {
                return pool;
            }
        }
        throw new IllegalArgumentException("no pool named '" + label + "': platform or userdata");
    }
}
