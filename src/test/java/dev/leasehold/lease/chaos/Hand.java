package dev.leasehold.lease.chaos;

import dev.leasehold.lease.AmbiguousCommitException;
import dev.leasehold.lease.Lease;
import dev.leasehold.lease.LeaseException;
import dev.leasehold.lease.LeaseEyes;
import dev.leasehold.lease.SqlWork;
import dev.leasehold.lease.chaos.Event.Kind;
import java.sql.SQLException;

/** One lease in the hand of a thread; all that is done with it is written down. */
final class Hand {

    /** Something that calls the database. */
    interface Call {
        void run() throws Exception;
    }

    final Scene scene;
    final Lease lease;
    final long key;

    Hand(Scene scene, String pool, Lease lease) {
        this.scene = scene;
        this.lease = lease;
        this.key = Event.leaseKey(pool, lease.id());
    }

    /** Calls, and says how it went; what it throws goes on. */
    void call(String what, long id, Call call) throws Exception {
        scene.history.add(Kind.CALL, "", key, id, what);
        String outcome = "ok";
        try {
            call.run();
        } catch (Exception e) {
            outcome = outcomeOf(e);
            throw e;
        } finally {
            scene.history.add(Kind.RETURN, "", key, id, outcome);
        }
    }

    void call(String what, Call call) throws Exception {
        call(what, scene.nextCall(), call);
    }

    private static String outcomeOf(Exception failure) {
        if (failure instanceof AmbiguousCommitException) {
            return "unknown";
        }
        if (failure instanceof LeaseException lease) {
            return lease.kind() == LeaseException.Kind.REVOKED && lease.getCause() == null ? "refused" : "inside";
        }
        if (failure instanceof SQLException sql) {
            return sql.getSQLState() == null ? "lost" : sql.getSQLState();
        }
        return failure.getClass().getSimpleName();
    }

    /** Works in autocommit and gives the lease back. */
    void run(SqlWork<?> work) throws Exception {
        release(releasing -> lease.run(connection -> {
            try {
                return work.apply(connection);
            } finally {
                releasing[0] = System.nanoTime();
            }
        }));
    }

    /** Works in a transaction, which is committed, and gives the lease back. */
    void inTransaction(SqlWork<?> work) throws Exception {
        release(releasing -> lease.inTransaction(connection -> {
            try {
                return work.apply(connection);
            } finally {
                releasing[0] = System.nanoTime();
            }
        }));
    }

    /** By itself. */
    void release() {
        long releasing = System.nanoTime();
        lease.release();
        noteRelease(releasing);
    }

    private interface Releasing {
        Object run(long[] releasing) throws Exception;
    }

    private void release(Releasing work) throws Exception {
        long[] releasing = {System.nanoTime()};
        try {
            work.run(releasing);
        } finally {
            noteRelease(releasing[0]);
        }
    }

    private void noteRelease(long releasing) {
        scene.history.add(Kind.RELEASED, "", key, releasing, "");
        String fence = LeaseEyes.fence(lease);
        if (fence.equals("RELEASED") && scene.open.remove(key) != null) {
            scene.history.add(Kind.FENCE, "", key, 0, fence);
            scene.holders.remove(key);
        }
    }
}
