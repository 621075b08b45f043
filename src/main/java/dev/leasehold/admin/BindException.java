package dev.leasehold.admin;

import java.io.Serial;

/** The HTTP server could not listen. Repeating helps only when another program has let the port go. */
public class BindException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    BindException(String host, int port, Throwable cause) {
        super(
                "cannot listen on " + host + ":" + port
                        + " (leasehold.http.host, leasehold.http.port; LEASEHOLD_HTTP_HOST, " + "LEASEHOLD_HTTP_PORT): "
                        + reason(cause),
                cause);
    }

    private static String reason(Throwable cause) {
        Throwable deepest = cause;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        String message = deepest.getMessage();
        return message == null ? deepest.getClass().getSimpleName() : message;
    }
}
