package dev.leasehold.task;

import java.sql.Connection;

/** Work on one leased connection. The connection must not be kept: it refuses every call once the work has ended. */
@FunctionalInterface
public interface ConnectionWork<T> {
    T apply(Connection connection) throws Exception;
}
