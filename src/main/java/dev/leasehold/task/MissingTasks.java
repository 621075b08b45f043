package dev.leasehold.task;

import java.sql.Connection;
import java.util.List;

/**
 * Finds tasks that should exist and do not, once at each start of a node. A type contributes one for what it keeps in tables
 * of its own: a stored connection without its check, a website without its analysis.
 */
public interface MissingTasks {

    /** A short stable word, for events and alerts. */
    String name();

    /**
     * The tasks that are missing, found by one statement over all tenants. Each must carry a key: it is created once
     * although several nodes start together.
     *
     * @param connection of the platform database, in a transaction; nothing is to be written with it
     * @throws Exception fails this step alone; the start goes on
     */
    List<TaskSpec> missing(Connection connection) throws Exception;
}
