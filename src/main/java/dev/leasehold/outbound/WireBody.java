package dev.leasehold.outbound;

import akka.util.ByteString;
import akka.util.ByteStringBuilder;
import java.util.concurrent.CompletableFuture;

/**
 * Collects a body as it comes and completes by itself at the limit, before the rest is cancelled: the end of the
 * connection that follows can then no longer turn what was read into a failure. Used by one stream.
 */
final class WireBody {

    /** What came, and whether there was more. */
    @SuppressWarnings("ArrayRecordComponent") // bytes that nobody changes or compares
    record Read(byte[] bytes, boolean truncated) {}

    private final ByteStringBuilder bytes = ByteString.createBuilder();
    private final CompletableFuture<Read> done = new CompletableFuture<>();
    private final int limit;

    WireBody(int limit) {
        this.limit = limit;
    }

    /** Takes a piece. False: that was enough. */
    boolean take(ByteString piece) {
        bytes.append(piece);
        if (bytes.length() <= limit) {
            return true;
        }
        done.complete(new Read(bytes.result().toArray(), true));
        return false;
    }

    void end() {
        done.complete(new Read(bytes.result().toArray(), false));
    }

    void fail(Throwable cause) {
        done.completeExceptionally(cause);
    }

    CompletableFuture<Read> done() {
        return done;
    }
}
