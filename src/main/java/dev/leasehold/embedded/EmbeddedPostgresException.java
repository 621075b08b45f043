package dev.leasehold.embedded;

/**
 * The data folder or the embedded server cannot be used; the message says what was tried and what to do. A retry helps
 * only after that has been done.
 */
public class EmbeddedPostgresException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public EmbeddedPostgresException(String message) {
        super(message);
    }

    public EmbeddedPostgresException(String message, Throwable cause) {
        super(message, cause);
    }
}
