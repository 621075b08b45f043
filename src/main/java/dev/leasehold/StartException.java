package dev.leasehold;

/**
 * The node could not start; everything that had been started is stopped again. The message is one for people: what was
 * tried, and what to do. Whether a retry helps depends on the cause it names.
 */
public final class StartException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public StartException(String message, Throwable cause) {
        super(message, cause);
    }
}
