package dev.leasehold.engine.lane;

import akka.Done;
import dev.leasehold.store.Backends;
import dev.leasehold.store.Lanes;
import dev.leasehold.store.Nodes;
import dev.leasehold.store.Partitions;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to each new control connection of the platform database: the session lock that says this incarnation lives,
 * its row, and a look at which history the server tells. Used by the control thread alone.
 */
public final class NodeSession {

    /**
     * Who this node is.
     *
     * @param incarnation this life of it, never used twice
     * @param lockKey of the session lock, drawn for this life
     */
    public record Identity(String incarnation, String name, String address, long lockKey) {}

    private static final int DAYS_AHEAD = 7;

    private final Identity identity;
    private final int lanes;
    private final Runnable historyChanged;
    private @Nullable String history;

    NodeSession(Identity identity, int lanes, Runnable historyChanged) {
        this.identity = identity;
        this.lanes = lanes;
        this.historyChanged = historyChanged;
    }

    String incarnation() {
        return identity.incarnation();
    }

    /** The hook: may run more than once on one connection. */
    Done connected(Connection connection) throws SQLException {
        if (!Nodes.tryLock(connection, identity.lockKey())) {
            throw new IllegalStateException("the lock of this node is still held by its connection before this one");
        }
        String now = Backends.history(connection);
        if (history != null && !history.equals(now)) {
            historyChanged.run();
        }
        if (history == null) {
            Lanes.ensure(connection, lanes);
            Partitions.ensure(connection, DAYS_AHEAD);
        }
        history = now;
        Nodes.register(connection, identity.incarnation(), identity.name(), identity.address(), identity.lockKey());
        return Done.getInstance();
    }
}
