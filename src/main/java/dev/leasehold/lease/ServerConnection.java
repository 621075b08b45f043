package dev.leasehold.lease;

import java.io.IOException;
import java.net.Socket;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/**
 * One physical connection and the server process behind it. Never given out: holders see fenced proxies of it.
 *
 * @param pid with {@code startedAt} it names the backend for good; a pid alone is used again
 * @param startedAt the backend's start as the server writes it
 * @param generation the server's own start
 * @param use what its session may have in it
 * @param socket the TCP socket, below TLS where there is TLS; null when the settings name a socket factory of their own
 */
record ServerConnection(
        BaseConnection raw,
        Connection pooled,
        int pid,
        String startedAt,
        String generation,
        SessionUse use,
        @Nullable Socket socket,
        int networkTimeoutMillis) {

    /** The same backend: there is one connection to each. */
    boolean is(@Nullable ServerConnection other) {
        return other != null && other.pid == pid && other.startedAt.equals(startedAt);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ServerConnection connection && is(connection);
    }

    @Override
    public int hashCode() {
        return pid;
    }

    /** Waits for the driver's lock: only on a thread that is inside no statement of this connection. */
    boolean inTransaction() {
        return raw.getTransactionState() != TransactionState.IDLE;
    }

    /** On a connection of its own; needs no session slot on the server. */
    void cancel() throws SQLException {
        raw.cancelQuery();
    }

    /**
     * Closes the socket under whoever is inside, on the calling thread. What he has not sent yet is thrown away. Without
     * the TCP socket it blocks over TLS while the owner is stuck in a write.
     */
    void abort() throws SQLException {
        if (socket != null) {
            try {
                socket.setSoLinger(true, 0);
                socket.close();
            } catch (IOException e) {
                raw.abort(Runnable::run); // closed already, most likely
                return;
            }
        }
        raw.abort(Runnable::run);
    }
}
