package dev.leasehold.engine.plan;

import dev.leasehold.lease.LeaseException;
import dev.leasehold.store.SqlState;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import java.io.IOException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/** Finds the reason of a failure from the types of exceptions and from SQLSTATEs, never from words in a message. */
public final class Classify {

    private static final int CAUSES_MAX = 20;
    private static final int MESSAGE_MAX = 2000;

    private Classify() {}

    /** A handler's exception as the end of its attempt. */
    public static Outcome outcome(Throwable failure) {
        return Outcome.failed(reason(failure), message(failure));
    }

    /** The reason of the outermost exception that has one. */
    public static Reason reason(Throwable failure) {
        Throwable each = failure;
        for (int depth = 0; each != null && depth < CAUSES_MAX; depth++) {
            Optional<Reason> reason = one(each);
            if (reason.isPresent()) {
                return reason.get();
            }
            each = each.getCause();
        }
        return Reason.UNKNOWN;
    }

    /** One line for people: the exception's own message, its class where it has none. */
    public static String message(Throwable failure) {
        String said = failure.getMessage();
        String text = said == null || said.isBlank()
                ? failure.getClass().getName()
                : failure.getClass().getSimpleName() + ": " + said;
        return text.length() <= MESSAGE_MAX ? text : text.substring(0, MESSAGE_MAX);
    }

    private static Optional<Reason> one(Throwable failure) {
        if (failure instanceof LeaseException lease) {
            return switch (lease.kind()) {
                case REVOKED -> Optional.of(Reason.LEASE);
                case NESTED -> Optional.of(Reason.CONFIG);
                case DOWN -> Optional.of(Reason.NETWORK);
                case TIMEOUT, REFUSED, STOPPING -> Optional.of(Reason.UNKNOWN);
            };
        }
        Optional<String> state = SqlState.ofOne(failure);
        if (state.isPresent()) {
            return Optional.of(sql(state.get()));
        }
        if (failure instanceof SocketException
                || failure instanceof UnknownHostException
                || failure instanceof SSLException
                || failure instanceof TimeoutException
                || isNetwork(failure)) {
            return Optional.of(Reason.NETWORK);
        }
        return failure instanceof GeneralSecurityException ? Optional.of(Reason.CONFIG) : Optional.empty();
    }

    /** Time-outs and protocol errors of the JDK's clients; files and streams in memory throw plain IOExceptions. */
    private static boolean isNetwork(Throwable failure) {
        String type = failure.getClass().getName();
        return failure instanceof IOException
                && (type.startsWith("java.net.") || type.startsWith("java.nio.channels."));
    }

    private static Reason sql(String state) {
        if (state.startsWith("08") || state.startsWith("57P") || state.startsWith("53")) {
            return Reason.NETWORK;
        }
        if (state.startsWith("28") || state.equals("42501")) {
            return Reason.AUTH;
        }
        if (state.startsWith("42") || state.startsWith("3D") || state.startsWith("3F") || state.startsWith("0A")) {
            return Reason.CONFIG;
        }
        return Reason.UNKNOWN;
    }
}
