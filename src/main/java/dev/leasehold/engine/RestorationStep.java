package dev.leasehold.engine;

import java.sql.Connection;

/**
 * A step at start that creates what should exist and does not: by set-based SQL, so that any number of rows costs one
 * statement, and so that two nodes that do it at once create each only once.
 */
public interface RestorationStep {

    /** A short name for events and alerts. */
    String name();

    /**
     * Does it, in a transaction of its own; a failure rolls it back and keeps no other step from being done.
     *
     * @return how many were created
     */
    int restore(Connection connection) throws Exception;
}
