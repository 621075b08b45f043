package dev.leasehold.lease;

import java.sql.Connection;

/** Work on one leased connection. The connection refuses every call once the lease has ended. */
@FunctionalInterface
public interface SqlWork<T> {
    T apply(Connection connection) throws Exception;
}
