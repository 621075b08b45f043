package dev.leasehold.outbound;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * A call to the outside brought no usable answer. The kind says whether a repetition may help; the message names the
 * target without its query, which may carry secrets.
 */
public class OutboundException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    /** What happened. */
    public enum Kind {
        /** The URL cannot be used, or its target may not be reached. Repetition does not help. */
        REFUSED_TARGET,
        /** The name has no address, now. */
        UNKNOWN_HOST,
        /** No connection was made. */
        CONNECT,
        /** The secure connection was refused by one of the sides. */
        TLS,
        /** No answer, or not all of it, within the limit. */
        TIMEOUT,
        /** The answer is larger than allowed, on the wire or unpacked. */
        TOO_LARGE,
        /** More redirects than allowed, or one that leads nowhere. */
        REDIRECT,
        /** The connection ended early, or what came is not HTTP. */
        PROTOCOL,
        /** All connections of this node are in use. */
        BUSY
    }

    private final Kind kind;
    private final boolean maybeSent;

    OutboundException(Kind kind, boolean maybeSent, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.maybeSent = maybeSent;
    }

    public Kind kind() {
        return kind;
    }

    /** False where it is certain that not a byte of the request reached the other side. */
    public boolean maybeSent() {
        return maybeSent;
    }
}
