package dev.leasehold.type.failure;

import dev.leasehold.outbound.OutboundException;
import dev.leasehold.outbound.OutboundResponse;
import dev.leasehold.outbound.RetryAfter;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/** Reasons for failed calls to the outside, by kind and status code. */
public final class CallFailures {

    /** Longest wait that another side can ask for. */
    private static final Duration LONGEST_WAIT = Duration.ofDays(1);

    private CallFailures() {}

    /** The outcome of a call that brought no answer. */
    public static Outcome of(OutboundException failure) {
        String message = String.valueOf(failure.getMessage());
        return switch (failure.kind()) {
            case REFUSED_TARGET -> Outcome.failed(Reason.CONFIG, message).permanent();
            case TOO_LARGE, REDIRECT -> Outcome.failed(Reason.CONFIG, message).permanent();
            case UNKNOWN_HOST, CONNECT, TLS, TIMEOUT, PROTOCOL, BUSY -> Outcome.failed(Reason.NETWORK, message);
        };
    }

    /** The outcome of an answer whose status is not the wanted one. */
    public static Outcome of(OutboundResponse answer, Clock clock) {
        int status = answer.status();
        String message = answer.url().display() + " answered " + status;
        Optional<Duration> wait = RetryAfter.of(answer, clock.instant(), LONGEST_WAIT);
        if (status == 429 || (status == 503 && wait.isPresent())) {
            Outcome limited = Outcome.failed(Reason.API_LIMIT, message);
            return wait.map(limited::retryAfter).orElse(limited);
        }
        return switch (status) {
            case 401, 403, 407 -> Outcome.failed(Reason.AUTH, message);
            case 408, 425 -> Outcome.failed(Reason.NETWORK, message);
            // Somebody else is at it: the same call may pass a moment later.
            case 409, 423 -> Outcome.failed(Reason.UNKNOWN, message);
            default -> byClass(status, message);
        };
    }

    private static Outcome byClass(int status, String message) {
        if (status >= 500 && status < 600) {
            return Outcome.failed(Reason.NETWORK, message);
        }
        return status >= 400 && status < 500
                ? Outcome.failed(Reason.CONFIG, message).permanent()
                : Outcome.failed(Reason.UNKNOWN, message);
    }
}
