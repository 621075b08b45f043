package dev.leasehold.lease;

import java.sql.SQLException;

/**
 * Makes physical connections and forgets them. Blocks; used by one opener thread at a time, and by undertakers for {@link
 * #forget}.
 */
interface ConnectionSource extends AutoCloseable {

    /**
     * One attempt, no retry inside.
     *
     * @param facts what the control connection found out about the server
     * @throws SQLException with the state of the first cause
     */
    ServerConnection open(ServerFacts facts) throws SQLException;

    /** The connection is closed or about to be; books on it are closed too. */
    void forget(ServerConnection connection);

    @Override
    void close();
}
