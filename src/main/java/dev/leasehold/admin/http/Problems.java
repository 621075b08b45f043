package dev.leasehold.admin.http;

import akka.http.scaladsl.model.EntityStreamException;
import dev.leasehold.lease.LeaseException;
import dev.leasehold.store.SqlFailure;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns whatever ended a call into the problem that its sender may see. Details of our own faults go to the log alone. */
public final class Problems {

    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
    private static final Duration SOON = Duration.ofSeconds(1);
    private static final Duration LATER = Duration.ofSeconds(5);

    private Problems() {}

    /** The problem of a failure; what is not expected is logged once, here. */
    public static Problem of(Throwable failure, String requestId) {
        Throwable cause = unwrap(failure);
        if (cause instanceof ProblemException expected) {
            return expected.problem();
        }
        if (cause instanceof LeaseException lease) {
            return ofLease(lease);
        }
        if (cause instanceof EntityStreamException) {
            return Problem.of(ErrorCode.BAD_REQUEST, "the body ended before it was complete");
        }
        if (cause instanceof TimeoutException) {
            LOG.warn("request {} got no answer in time: {}", requestId, cause.toString());
            return Problem.of(ErrorCode.TIMED_OUT, "no answer in time; look before you repeat a change")
                    .retryAfter(SOON);
        }
        Optional<SqlFailure> sql = SqlFailure.of(cause);
        if (sql.isPresent()) {
            switch (sql.get()) {
                case UNREACHABLE -> {
                    LOG.warn("request {} failed: the database is not reached: {}", requestId, cause.toString());
                    return databaseDown();
                }
                case TRANSIENT -> {
                    LOG.warn("request {} failed, a repetition may help: {}", requestId, cause.toString());
                    return Problem.of(ErrorCode.BUSY, "the database could not do it now; nothing was done")
                            .retryAfter(SOON);
                }
                default -> {}
            }
        }
        LOG.error("request {} failed", requestId, cause);
        return Problem.of(ErrorCode.INTERNAL, "the node's log has the details under request id " + requestId);
    }

    /** The cause behind the wrappers of completion stages. */
    public static Throwable unwrap(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static Problem ofLease(LeaseException lease) {
        return switch (lease.kind()) {
            case TIMEOUT, REFUSED, NESTED ->
                Problem.of(
                                ErrorCode.BUSY,
                                "no connection was free in time, or the database is not reached; nothing was done")
                        .retryAfter(SOON);
            case STOPPING ->
                Problem.of(ErrorCode.STOPPING, "the node is stopping").retryAfter(LATER);
            case DOWN -> databaseDown();
            case REVOKED ->
                Problem.of(ErrorCode.OUTCOME_UNKNOWN, "the connection was taken back; look before you repeat")
                        .retryAfter(SOON);
        };
    }

    private static Problem databaseDown() {
        return Problem.of(ErrorCode.DATABASE_DOWN, "the database is not reached")
                .retryAfter(LATER);
    }
}
