package dev.leasehold.store;

import java.io.Serial;

/** The store could not do what was tried, and its tables are unchanged. A repetition helps when the cause does not last. */
public class StoreException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    public StoreException(String message) {
        super(message);
    }

    public StoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
