package dev.leasehold.lease;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A lease was not granted, or was taken back. {@link #kind} says which, and so whether a repetition helps. */
public class LeaseException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    /** What happened. */
    public enum Kind {
        /** Not granted in time: all connections are in use. A later attempt may help. */
        TIMEOUT,
        /** Not granted: the queue is full, or the request was shed or gave way. A later attempt may help. */
        REFUSED,
        /** Not granted: the scope holds a lease of this pool already. A fault of the caller. */
        NESTED,
        /** Not granted: the pool is stopping. */
        STOPPING,
        /** Not granted: the server is not reached. A later attempt may help. */
        DOWN,
        /** Taken back: the work's outcome is unknown until its rows are read. */
        REVOKED
    }

    private final Kind kind;

    public LeaseException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
