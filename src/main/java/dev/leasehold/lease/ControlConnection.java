package dev.leasehold.lease;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * The one connection of a pool that is never leased: probe, heartbeat, advisory lock of the node, LISTEN, and the end of
 * backends that were revoked. Work on it is done one after the other, each short.
 */
public interface ControlConnection {

    /**
     * Runs the work when those before it are done, in autocommit. Fails with {@link LeaseException} when the server is
     * not reached or the work did not end within the limit (the connection is then replaced).
     */
    <T> CompletionStage<T> execute(Duration limit, SqlWork<T> work);

    /** Calls the listener on the control thread with the payload of each notification on the channel; must not block. */
    void listen(String channel, Consumer<String> listener);

    /**
     * Calls the hook on the control thread each time a connection was made, before any other work on it: what belongs
     * to the session (advisory locks) is set up here. A hook that throws drops the connection. One that comes while the
     * connection is up runs on it too, so it may run twice on one connection.
     */
    void onConnected(SqlWork<?> hook);

    /** True while connected and the last probe (one a second) was answered within its limit. */
    boolean isHealthy();
}
