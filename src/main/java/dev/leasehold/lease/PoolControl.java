package dev.leasehold.lease;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control connection of one pool and the thread that works on it. It reconnects by itself; a probe each second says
 * whether the server answers. A piece of work that takes too long loses the connection, not the thread.
 */
final class PoolControl implements ControlConnection, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PoolControl.class);

    private static final int QUEUE_MAX = 1_000;
    private static final Duration PROBE_EVERY = Duration.ofSeconds(1);
    private static final Duration PROBE_LIMIT = Duration.ofSeconds(2);
    private static final Duration HEALTHY_FOR = Duration.ofSeconds(4);
    private static final Duration CONNECTED_LIMIT = Duration.ofSeconds(10);
    private static final Duration WAIT_MAX = Duration.ofSeconds(2);
    private static final Duration WAIT_MIN = Duration.ofMillis(50);
    /** Work that comes meanwhile waits so long, notifications not at all. */
    private static final int NOTIFICATION_WAIT_MILLIS = 4;

    private static final String FACTS = """
            SELECT current_setting('server_version_num')::int, pg_postmaster_start_time()::text,
                (SELECT system_identifier::text FROM pg_control_system())
            """;

    private record Operation<T>(Duration limit, SqlWork<T> work, CompletableFuture<T> result) {

        void run(Connection connection) throws Exception {
            result.complete(work.apply(connection));
        }
    }

    private final ServerAddress address;
    private final String pool;
    private final Ticker ticker;
    private final CompletableFuture<ServerFacts> firstFacts = new CompletableFuture<>();
    private final LinkedBlockingQueue<Operation<?>> queue = new LinkedBlockingQueue<>(QUEUE_MAX);
    private final Map<String, List<Consumer<String>>> listeners = new ConcurrentHashMap<>();
    private final List<SqlWork<?>> hooks = new CopyOnWriteArrayList<>();
    private final Watchdog watchdog;
    private volatile @Nullable Thread thread;
    private volatile boolean closed;
    private volatile @Nullable ServerFacts facts;
    private volatile long lastSuccess;
    private volatile @Nullable SQLException lastFailure;
    private int failures;

    PoolControl(ServerAddress address, PoolName pool, Ticker ticker) {
        this.address = address;
        this.pool = pool.label();
        this.ticker = ticker;
        this.lastSuccess = ticker.nanos();
        this.watchdog = new Watchdog(this.pool);
    }

    /** @param onConnected told on the control thread after each connect; must not block */
    void start(Consumer<ServerFacts> onConnected) {
        Thread created = new Thread(() -> live(onConnected), "leasehold-control-" + pool);
        created.setDaemon(true);
        thread = created;
        created.start();
    }

    /** What was learned at the first connect. */
    CompletableFuture<ServerFacts> firstFacts() {
        return firstFacts;
    }

    /** What was learned at the last connect; null while not connected. */
    @Nullable
    ServerFacts facts() {
        return facts;
    }

    @Override
    public boolean isHealthy() {
        return facts != null && ticker.nanos() - lastSuccess < HEALTHY_FOR.toNanos();
    }

    /** Why the last try to connect failed; null after one that did not. */
    @Nullable
    SQLException lastFailure() {
        return lastFailure;
    }

    @Override
    public <T> CompletionStage<T> execute(Duration limit, SqlWork<T> work) {
        Operation<T> operation = new Operation<>(limit, work, new CompletableFuture<>());
        if (closed || facts == null) {
            operation.result().completeExceptionally(down(null));
        } else if (!queue.offer(operation)) {
            operation
                    .result()
                    .completeExceptionally(new LeaseException(
                            LeaseException.Kind.REFUSED,
                            "the control connection of " + pool + " has " + QUEUE_MAX + " pieces of work waiting",
                            null));
        } else if ((closed || facts == null) && queue.remove(operation)) {
            // The connection was lost after the look above, and those who waited were told before this one waited.
            operation.result().completeExceptionally(down(null));
        }
        return operation.result();
    }

    private LeaseException down(@Nullable Throwable cause) {
        return new LeaseException(
                closed ? LeaseException.Kind.STOPPING : LeaseException.Kind.DOWN,
                "the control connection of " + pool + (closed ? " is closed" : " is down"),
                cause);
    }

    @Override
    public void listen(String channel, Consumer<String> listener) {
        listeners.computeIfAbsent(channel, name -> new CopyOnWriteArrayList<>()).add(listener);
        // A connection that is being made right now is seen to by its greeting; twice is once for PostgreSQL.
        execute(PROBE_LIMIT, connection -> {
            subscribe(connection, channel);
            return true;
        });
    }

    /** Listens to the channels and runs the hooks that its connection has not met yet. */
    private final class Greeting {

        private final Connection connection;
        private final Set<String> channels = new HashSet<>();
        private int hooksMet;

        Greeting(Connection connection) {
            this.connection = connection;
        }

        boolean go() throws Exception {
            for (String channel : listeners.keySet()) {
                if (channels.add(channel)) {
                    subscribe(connection, channel);
                }
            }
            List<SqlWork<?>> known = List.copyOf(hooks);
            for (; hooksMet < known.size(); hooksMet++) {
                known.get(hooksMet).apply(connection);
            }
            return true;
        }
    }

    private static void subscribe(Connection connection, String channel) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("LISTEN \"" + channel.replace("\"", "\"\"") + "\"");
        }
    }

    @Override
    public void onConnected(SqlWork<?> hook) {
        hooks.add(hook);
        if (facts != null) {
            execute(CONNECTED_LIMIT, connection -> {
                hook.apply(connection);
                return true;
            });
        }
    }

    private void live(Consumer<ServerFacts> onConnected) {
        while (!closed) {
            try (Connection connection = address.connectControl()) {
                work(connection, onConnected);
            } catch (Exception e) {
                lost(e);
            }
            failAll();
        }
    }

    private void work(Connection connection, Consumer<ServerFacts> onConnected) throws Exception {
        Greeting greeting = new Greeting(connection);
        ServerFacts learned = watchdog.within(CONNECTED_LIMIT, connection, () -> {
            ServerFacts found = learn(connection);
            greeting.go();
            return found;
        });
        lastSuccess = ticker.nanos();
        lastFailure = null;
        failures = 0;
        facts = learned;
        // Whoever came after the look at the lists and before this line found no connection to be served on.
        watchdog.within(CONNECTED_LIMIT, connection, greeting::go);
        firstFacts.complete(learned);
        onConnected.accept(learned);
        LOG.info("control connection of {} is up, server {}", pool, learned.version());
        while (!closed) {
            Operation<?> operation = nextOperation(connection);
            if (operation != null) {
                run(operation, connection);
            } else if (ticker.nanos() - lastSuccess - PROBE_EVERY.toNanos() >= 0) {
                watchdog.within(PROBE_LIMIT, connection, () -> {
                    try (Statement statement = connection.createStatement()) {
                        return statement.execute("SELECT 1");
                    }
                });
                lastSuccess = ticker.nanos();
            }
        }
    }

    private @Nullable Operation<?> nextOperation(Connection connection) throws SQLException, InterruptedException {
        if (listeners.isEmpty()) {
            return queue.poll(PROBE_EVERY.toMillis() / 4, TimeUnit.MILLISECONDS);
        }
        Operation<?> operation = queue.poll();
        if (operation != null) {
            return operation;
        }
        PGNotification[] arrived = connection.unwrap(PGConnection.class).getNotifications(NOTIFICATION_WAIT_MILLIS);
        if (arrived != null) {
            for (PGNotification each : arrived) {
                tell(each);
            }
        }
        return queue.poll();
    }

    private void tell(PGNotification notification) {
        for (Consumer<String> listener : listeners.getOrDefault(notification.getName(), List.of())) {
            try {
                listener.accept(notification.getParameter());
            } catch (RuntimeException e) {
                LOG.error("listener on {} failed", notification.getName(), e);
            }
        }
    }

    private void run(Operation<?> operation, Connection connection) throws Exception {
        try {
            watchdog.within(operation.limit(), connection, () -> {
                operation.run(connection);
                return true;
            });
            lastSuccess = ticker.nanos();
        } catch (Exception e) {
            boolean lost = watchdog.hasBitten() || SqlStates.connectionLost(SqlStates.of(e)) || connection.isClosed();
            operation.result().completeExceptionally(lost ? down(e) : e);
            if (lost) {
                throw e;
            }
            lastSuccess = ticker.nanos();
            if (!connection.getAutoCommit()) {
                connection.rollback();
                connection.setAutoCommit(true);
            }
        }
    }

    private ServerFacts learn(Connection connection) throws SQLException {
        connection.setAutoCommit(true);
        try (Statement statement = connection.createStatement()) {
            boolean checksClients = true;
            try {
                // Not every platform can tell that a client has left; where it cannot, any value but 0 is an error.
                statement.execute("SET client_connection_check_interval = 1000");
            } catch (SQLException e) {
                if (SqlStates.connectionLost(SqlStates.of(e))) {
                    throw e;
                }
                checksClients = false;
            }
            try (ResultSet row = statement.executeQuery(FACTS)) {
                row.next();
                return new ServerFacts(row.getInt(1), row.getString(2), row.getString(3), checksClients);
            }
        }
    }

    private void lost(Exception e) {
        boolean wasUp = facts != null;
        facts = null;
        if (closed) {
            return;
        }
        lastFailure = e instanceof SQLException sql ? sql : new SQLException(e.getMessage(), "08006", e);
        if (wasUp || failures == 0) {
            LOG.warn("control connection of {} is {}: {}", pool, wasUp ? "lost" : "refused", e.getMessage());
        }
        pause();
    }

    private void pause() {
        long most = Math.min(WAIT_MAX.toMillis(), WAIT_MIN.toMillis() << Math.min(failures, 10));
        failures++;
        try {
            watchdog.rest(
                    Duration.ofMillis(most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1)));
        } catch (InterruptedException e) {
            LOG.debug("control connection of {} is woken", pool); // by close
        }
    }

    private void failAll() {
        facts = null;
        for (Operation<?> each = queue.poll(); each != null; each = queue.poll()) {
            each.result().completeExceptionally(down(null));
        }
    }

    /** Waits for the thread to have left its connection. */
    @Override
    public void close() {
        closed = true;
        Thread working = thread;
        if (working != null) {
            working.interrupt();
            try {
                working.join(PROBE_LIMIT.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        watchdog.close();
        failAll();
    }
}
