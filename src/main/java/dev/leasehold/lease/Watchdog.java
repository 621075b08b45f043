package dev.leasehold.lease;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Ends a connection whose work takes longer than it may. For one working thread. */
final class Watchdog implements AutoCloseable {

    /** What is watched. */
    interface Work<T> {
        T run() throws Exception;
    }

    private final ScheduledThreadPoolExecutor timer;
    private final CountDownLatch never = new CountDownLatch(1);
    private volatile boolean bitten;

    Watchdog(String pool) {
        timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "leasehold-watchdog-" + pool);
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
    }

    /** The work's answer; when it takes longer than the limit the connection is closed under it, which ends it. */
    <T> T within(Duration limit, Connection connection, Work<T> work) throws Exception {
        bitten = false;
        AtomicBoolean over = new AtomicBoolean();
        Future<?> bite = timer.schedule(
                () -> {
                    if (over.compareAndSet(false, true)) {
                        bite(connection);
                    }
                },
                limit.toMillis(),
                TimeUnit.MILLISECONDS);
        try {
            return work.run();
        } finally {
            over.set(true);
            bite.cancel(false);
        }
    }

    private void bite(Connection connection) {
        bitten = true;
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            bitten = true; // the socket's own time-out remains
        }
    }

    /** True when the last work was ended by its limit. */
    boolean hasBitten() {
        return bitten;
    }

    /** A pause that an interrupt ends. */
    void rest(Duration pause) throws InterruptedException {
        never.await(pause.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
