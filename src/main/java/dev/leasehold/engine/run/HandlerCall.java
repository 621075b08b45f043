package dev.leasehold.engine.run;

import dev.leasehold.engine.flush.Settled;
import org.jspecify.annotations.Nullable;

/**
 * One call of a handler: the thread that is inside, whether it shall leave, and what it left. An interrupt reaches the thread
 * only while it is inside.
 */
final class HandlerCall {

    /** Why a call shall end before it is done. */
    enum Stop {
        /** The task was cancelled by somebody. */
        CANCELLED,
        /** The attempt's time is over. */
        TIMED_OUT,
        /** The task's next due time has come, and its schedule says that this ends the run. */
        OVERTAKEN,
        /** The node may not go on with it: lane lost, database away, stop. The task stays due. */
        ABANDONED,
        /** A lease was taken back; another attempt follows. */
        REVOKED
    }

    private final Object lock = new Object();
    private @Nullable Thread thread;
    private boolean over;
    private boolean zombie;
    private volatile @Nullable Stop stop;
    private volatile @Nullable Settled settled;

    /** The calling thread goes in; false when the call was stopped before it began. */
    boolean enter() {
        synchronized (lock) {
            if (stop != null) {
                over = true;
                return false;
            }
            thread = Thread.currentThread();
            return true;
        }
    }

    /** The calling thread is out; no interrupt for this call reaches it any more. True when it was a zombie. */
    boolean leave() {
        synchronized (lock) {
            thread = null;
            over = true;
            if (stop != null) {
                Thread.interrupted();
            }
            return zombie;
        }
    }

    /** Tells the handler to leave; the first reason stays. */
    void stop(Stop why) {
        synchronized (lock) {
            if (stop == null) {
                stop = why;
            }
            if (thread != null) {
                thread.interrupt();
            }
        }
    }

    /** Declares the thread a zombie if it is still inside; false when it has left, or never came. */
    boolean becomeZombie() {
        synchronized (lock) {
            zombie = thread != null && !over;
            return zombie;
        }
    }

    boolean isInside() {
        synchronized (lock) {
            return thread != null;
        }
    }

    @Nullable
    Stop stopped() {
        return stop;
    }

    /** The end of the run was written together with its work. */
    void settled(Settled end) {
        settled = end;
    }

    @Nullable
    Settled settled() {
        return settled;
    }
}
