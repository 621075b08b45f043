package dev.leasehold.lease;

import dev.leasehold.lease.ledger.Fence;
import java.sql.SQLException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The client's half of a reclaim, on a chore thread: cancel what runs, wait a little for it to come back, then close the
 * socket. Nobody else uses the connection any more, whatever becomes of this.
 */
final class Dismantling {

    private static final int ABORTS_MAX = 64;
    private static final long ABORT_WAIT_MILLIS = 500;
    private static final long LOOK_EVERY_NANOS = 200_000;

    /** An abort can block on locks that the stuck owner holds, so each has a thread of its own. */
    private static final ExecutorService ABORTS =
            new ThreadPoolExecutor(0, ABORTS_MAX, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                Thread thread = new Thread(task, "leasehold-abort");
                thread.setDaemon(true);
                return thread;
            });

    private final PoolEstate estate;

    Dismantling(PoolEstate estate) {
        this.estate = estate;
    }

    void run(Corpse corpse) {
        ServerConnection connection = corpse.connection();
        if (connection == null) {
            return;
        }
        Lease lease = corpse.lease();
        if (lease != null && corpse.ending() != null) {
            corpse.setHolderStack(lease.holderStack());
            lease.interruptHolder();
        }
        if (lease != null && lease.fence().inFlight() > 0) {
            corpse.setMeans(Corpse.Means.ABORT);
            cancel(connection);
            waitForCalls(lease.fence());
        }
        boolean inside = lease != null && lease.fence().inFlight() > 0;
        onOwnThread(inside ? connection::abort : () -> connection.raw().close());
        estate.source().forget(connection);
    }

    private void cancel(ServerConnection connection) {
        try {
            connection.cancel();
            estate.metrics().cancelSent(true);
        } catch (SQLException e) {
            estate.metrics().cancelSent(false); // the socket is closed next, and the server has time-outs of its own
        }
    }

    private void waitForCalls(Fence fence) {
        long until = estate.ticker().nanos() + estate.lease().quiesce().toNanos();
        while (fence.inFlight() > 0 && estate.ticker().nanos() - until < 0) {
            java.util.concurrent.locks.LockSupport.parkNanos(LOOK_EVERY_NANOS);
        }
    }

    private interface Step {
        void run() throws SQLException;
    }

    private void onOwnThread(Step step) {
        try {
            Future<?> done = ABORTS.submit(() -> {
                step.run();
                return null;
            });
            done.get(ABORT_WAIT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | RejectedExecutionException | java.util.concurrent.ExecutionException e) {
            estate.metrics().abortStuck(); // the undertaker terminates the backend
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
